//! Description of the workplace for the model.

use crate::session::Session;
use protocol::{ApprovalPolicy, NetworkAccess, SandboxLevel, SandboxPolicy, SessionConfig};
use std::fmt::Write as _;

/// Describes the folder the model works in and its permissions (B6).
pub(crate) fn context(session: &Session, config: &SessionConfig, now_ms: u64) -> String {
    let policies = &config.policies;
    let mut text = String::from("<environment_context>\n");
    let _ = writeln!(text, "cwd: {}", config.cwd.display());
    let approval = match policies.approval {
        ApprovalPolicy::Untrusted => "untrusted (anything not known to be harmless is asked)",
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
                "sandbox: workspace-write (writable: cwd, temporary folders{}{}; .git and editor settings are read-only)",
                if further.is_empty() { "" } else { ", " },
                further.join(", ")
            )
        }
        SandboxPolicy::DangerFullAccess => writeln!(text, "sandbox: none (danger-full-access)"),
    };
    let network = match sandbox.network() {
        NetworkAccess::None => "none but 127.0.0.1 inside the sandbox",
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
    let (year, month, day) = civil_date(now_ms);
    let _ = writeln!(text, "date: {year:04}-{month:02}-{day:02}");
    text.push_str("</environment_context>");
    text
}

/// The date in UTC of a time in milliseconds since the Unix epoch, by the proleptic Gregorian calendar.
fn civil_date(now_ms: u64) -> (u64, u64, u64) {
    // years are counted from March, so that the leap day is the last of its year
    let days = now_ms / 86_400_000 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::civil_date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let day = 86_400_000;
        for (days, date) in
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_779, (2026, 11, 22))]
        {
            assert_eq!(civil_date(days * day), date);
            assert_eq!(civil_date(days * day + day - 1), date);
        }
    }
}
