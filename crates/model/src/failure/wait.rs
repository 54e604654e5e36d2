//! The wait a vendor asks for before the next attempt (B8).

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// No vendor is waited for longer than a day.
const LONGEST_WAIT_MS: u32 = 24 * 3600 * 1000;

/// Reads the wait the headers ask for: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
pub(super) fn wait_in_headers(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return whole_ms(ms);
    }
    let after = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = after.parse::<f64>() {
        return whole_ms(seconds * 1000.0);
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(after).ok()?;
    Some(u64::try_from(date.as_millisecond() - now.as_millisecond()).unwrap_or(0))
}

/// A number of seconds, or a text such as "34s".
pub(super) fn seconds_in(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => whole_ms(number.as_f64()? * 1000.0),
        Value::String(text) => span_ms(text),
        _ => None,
    }
}

/// "... Please try again in 1m2.5s. ..."
pub(super) fn wait_in_text(message: &str) -> Option<u64> {
    let (_, after) = message.split_once("try again in ")?;
    span_ms(after)
}

/// Reads a span at the beginning of a text: "20ms", "1.898s", "7m12s", "3 seconds"; a number alone is seconds.
fn span_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return whole_ms(seconds * 1000.0);
    }
    // a span is a word, or a number and a unit; the sentence goes on after it
    let word_ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).take(2);
    let spans = word_ends.filter_map(|end| {
        let span: SignedDuration = text[..end].trim_end_matches(['.', ',', ';']).parse().ok()?;
        u64::try_from(u128::try_from(span.as_nanos()).ok()?.div_ceil(1_000_000)).ok()
    });
    spans.last().map(|ms| ms.min(u64::from(LONGEST_WAIT_MS)))
}

fn whole_ms(ms: f64) -> Option<u64> {
    if !ms.is_finite() || ms < 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
    Some(ms.min(f64::from(LONGEST_WAIT_MS)).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_headers(name: &'static str, value: &'static str, want: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let now: Timestamp = "2025-03-09T09:05:00Z".parse().unwrap();
        assert_eq!(wait_in_headers(&headers, now), want, "{name}: {value}");
    }

    #[test]
    fn reads_how_long_to_wait_from_headers() {
        check_headers("retry-after", "7", Some(7000));
        check_headers("retry-after", "0.25", Some(250));
        check_headers("retry-after-ms", "120", Some(120));
        check_headers("retry-after", "Sun, 09 Mar 2025 09:05:30 GMT", Some(30_000));
        check_headers("retry-after", "Sun, 09 Mar 2025 09:04:00 GMT", Some(0));
        check_headers("retry-after", "-3", None);
        check_headers("retry-after", "NaN", None);
        check_headers("retry-after", "soon", None);
        check_headers("retry-after", "1e300", Some(86_400_000));
    }

    #[test]
    fn reads_spans() {
        for (text, want) in [
            ("20ms", Some(20)),
            ("1.898s.", Some(1898)),
            ("7m12s", Some(432_000)),
            ("3 seconds", Some(3000)),
            ("1h", Some(3_600_000)),
            ("34", Some(34_000)),
            ("0.5 s, or later", Some(500)),
            ("20s. Visit the page.", Some(20_000)),
            ("-3s", None),
            ("9999h", Some(86_400_000)),
            ("a moment", None),
            ("", None),
            ("5 parsecs", None),
        ] {
            assert_eq!(span_ms(text), want, "{text}");
        }
    }
}
