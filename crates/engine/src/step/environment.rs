//! Description of the workplace for the model.

use crate::model::session::Session;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use protocol::{ApprovalPolicy, NetworkAccess, SandboxLevel, SandboxPolicy, SessionConfig};
use std::fmt::Write as _;

/// Describes the folder the model works in and its permissions (B6).
pub(crate) fn context(session: &Session, config: &SessionConfig, now_ms: u64) -> String {
    let policies = &config.policies;
    let mut text = String::from("<environment_context>\n");
    let _ = writeln!(text, "cwd: {}", config.cwd.display());
    let approval = match policies.approval {
        ApprovalPolicy::Untrusted => "untrusted (anything not known to be harmless is asked)",
        ApprovalPolicy::OnEffect => {
            "on-effect (a command runs on a copy of the project; the person decides which of its changes are applied, and you are told)"
        }
        ApprovalPolicy::OnFailure => "on-failure (what the sandbox refuses may be allowed by the person)",
        ApprovalPolicy::OnRequest => "on-request (you may ask for more with with_escalated_permissions)",
        ApprovalPolicy::Never => "never (nobody is there to ask; work within the sandbox)",
    };
    let _ = writeln!(text, "approval policy: {approval}");
    let sandbox = session.state.grants.widened(&policies.sandbox);
    let _ = match &sandbox {
        SandboxPolicy::ReadOnly { granted, .. } => {
            let further: Vec<String> = granted.write.iter().map(|path| path.display().to_string()).collect();
            let but = if further.is_empty() { "" } else { ", but for " };
            writeln!(text, "sandbox: read-only{but}{}", further.join(", "))
        }
        SandboxPolicy::WorkspaceWrite { writable_roots, granted, .. } => {
            let further: Vec<String> =
                writable_roots.iter().chain(&granted.write).map(|root| root.display().to_string()).collect();
            writeln!(
                text,
                "sandbox: workspace-write (writable: cwd, /tmp, $TMPDIR{}{}; .git and editor settings are read-only, but for a repository that a command makes in a new folder)",
                if further.is_empty() { "" } else { ", " },
                further.join(", ")
            )
        }
        SandboxPolicy::DangerFullAccess => writeln!(text, "sandbox: none (danger-full-access)"),
    };
    let network = match sandbox.network() {
        NetworkAccess::None => "none but 127.0.0.1, which your sandboxed commands share",
        NetworkAccess::Full => "full",
    };
    let _ = writeln!(text, "network: {network}");
    if policies.review_patches && policies.approval != ApprovalPolicy::Never {
        text.push_str("patches: each is reviewed by the person, hunk by hunk, before it is written\n");
    }
    if let Some(report) = &session.world.sandbox
        && report.level != SandboxLevel::Full
    {
        let _ = writeln!(text, "sandbox level: {:?} ({})", report.level, report.gaps.join("; "));
    }
    text.push_str("shell: bash\n");
    let _ = writeln!(text, "date: {}", local_date(now_ms, &session.setup.time_zone));
    text.push_str("</environment_context>");
    text
}

/// Returns the person's date, as ISO 8601 writes it.
fn local_date(now_ms: u64, time_zone: &TimeZone) -> String {
    let now = i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    now.unwrap_or(Timestamp::MAX).to_zoned(time_zone.clone()).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::local_date;
    use jiff::tz::{TimeZone, offset};

    #[test]
    fn b6_the_date_is_that_of_the_persons_calendar() {
        let day = 86_400_000;
        for (days, date) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22")]
        {
            assert_eq!(local_date(days * day, &TimeZone::UTC), date);
            assert_eq!(local_date(days * day + day - 1, &TimeZone::UTC), date);
        }
        let evening_in_utc = 20_779 * day + 20 * 3_600_000;
        assert_eq!(local_date(evening_in_utc, &TimeZone::fixed(offset(9))), "2026-11-23");
        assert_eq!(local_date(evening_in_utc, &TimeZone::fixed(offset(-5))), "2026-11-22");
    }
}
