//! Sums of money as a person reads them.

/// Returns a sum of money, given in millionths of a dollar, with as many digits as it takes to be more than nothing.
pub fn dollars(millionths: u64) -> String {
    match millionths {
        0 => "$0".to_owned(),
        1..100 => "under $0.0001".to_owned(),
        100..10_000 => rounded(millionths, 4),
        10_000..1_000_000 => rounded(millionths, 3),
        _ => rounded(millionths, 2),
    }
}

fn rounded(millionths: u64, digits: u32) -> String {
    let unit = 10_u64.pow(6 - digits);
    let units = millionths.saturating_add(unit / 2) / unit;
    let whole = 10_u64.pow(digits);
    format!("${}.{:0width$}", units / whole, units % whole, width = digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_has_the_digits_it_takes() {
        for (millionths, text) in [
            (0, "$0"),
            (40, "under $0.0001"),
            (1_234, "$0.0012"),
            (123_456, "$0.123"),
            (999_999, "$1.000"),
            (12_345_678, "$12.35"),
            (u64::MAX, "$18446744073709.55"),
        ] {
            assert_eq!(dollars(millionths), text);
        }
    }
}
