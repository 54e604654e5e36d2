use super::*;

fn policy(writable: &[&str], hidden: &[&str], network: NetworkAccess) -> Policy {
    Policy {
        writable: writable.iter().map(PathBuf::from).collect(),
        protected_names: vec![".git".to_owned(), "AGENTS.md".to_owned()],
        hidden: hidden.iter().map(PathBuf::from).collect(),
        readable: Vec::new(),
        network,
    }
}

/// Checks the rules and parameters a profile adds to the base.
fn check(policy: &Policy, expected: &str, parameters: &[(&str, &str)]) {
    let (text, actual) = profile(policy);
    assert!(text.starts_with(BASE));
    assert_eq!(&text[BASE.len()..], expected);
    let actual: Vec<_> = actual.iter().map(|(name, path)| (name.as_str(), path.as_str())).collect();
    assert_eq!(actual, parameters);
    let (mut depth, mut quoted) = (0, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        assert!(depth >= 0);
    }
    assert!(depth == 0 && !quoted, "brackets and quotes are closed");
}

#[test]
fn read_only() {
    check(
        &policy(&[], &["/Users/p/.ssh"], NetworkAccess::None),
        r#"(deny file-read* file-write* (subpath (param "HIDDEN_0")))
(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
"#,
        &[("HIDDEN_0", "/Users/p/.ssh")],
    );
}

#[test]
fn workspace_write() {
    check(
        &policy(&["/Users/p/app", "/private/tmp"], &[], NetworkAccess::None),
        r#"(allow file-read* file-write* (subpath (param "WRITABLE_ROOT_1")))
(allow file-read* file-write* (subpath (param "WRITABLE_ROOT_0")))
(deny file-write-unlink (literal (param "WRITABLE_ROOT_0")))
(deny file-write* (require-all (subpath (param "WRITABLE_ROOT_0")) (regex #"/[.][gG][iI][tT](/|$)")))
(deny file-write* (require-all (subpath (param "WRITABLE_ROOT_0")) (regex #"/[aA][gG][eE][nN][tT][sS][.][mM][dD](/|$)")))
(deny file-write-unlink (literal (param "WRITABLE_ROOT_1")))
(deny file-write* (require-all (subpath (param "WRITABLE_ROOT_1")) (regex #"/[.][gG][iI][tT](/|$)")))
(deny file-write* (require-all (subpath (param "WRITABLE_ROOT_1")) (regex #"/[aA][gG][eE][nN][tT][sS][.][mM][dD](/|$)")))
(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
"#,
        &[("WRITABLE_ROOT_0", "/Users/p/app"), ("WRITABLE_ROOT_1", "/private/tmp")],
    );
}

#[test]
fn what_can_be_read_in_a_hidden_folder_is_named_after_it() {
    let mut policy = policy(&[], &["/Users/p/.aws"], NetworkAccess::None);
    policy.readable = vec![PathBuf::from("/Users/p/.aws/config"), PathBuf::from("/Users/p/.aws")];
    check(
        &policy,
        r#"(deny file-read* file-write* (subpath (param "HIDDEN_0")))
(allow file-read* (subpath (param "READABLE_1")))
(allow file-read* (subpath (param "READABLE_0")))
(allow network-bind network-inbound (local ip "localhost:*"))
(allow network-outbound (remote ip "localhost:*"))
"#,
        &[
            ("HIDDEN_0", "/Users/p/.aws"),
            ("READABLE_0", "/Users/p/.aws/config"),
            ("READABLE_1", "/Users/p/.aws"),
        ],
    );
}

#[test]
fn network_full() {
    let (text, _) = profile(&policy(&["/Users/p/app"], &[], NetworkAccess::Full));
    assert!(text.ends_with(NETWORK));
    assert!(!text.contains("localhost"));
}

#[test]
fn a_root_inside_a_hidden_folder_is_named_after_it_and_a_hidden_one_inside_a_root_too() {
    let (text, _) = profile(&policy(
        &["/private/tmp/home/project", "/private/tmp"],
        &["/private/tmp/home", "/private/tmp/home/project"],
        NetworkAccess::None,
    ));
    let order: Vec<_> = text[BASE.len()..]
        .lines()
        .filter(|line| line.contains("file-read*"))
        .map(|line| line.split('"').nth(1).unwrap())
        .collect();
    assert_eq!(order, ["WRITABLE_ROOT_1", "HIDDEN_0", "HIDDEN_1", "WRITABLE_ROOT_0"]);
}

#[test]
fn a_path_cannot_become_part_of_the_profile() {
    let odd = r#"/Users/p/") (allow default) (x ""#;
    let (text, parameters) = profile(&policy(&[odd], &[], NetworkAccess::None));
    assert!(!text.contains("allow default"));
    assert_eq!(parameters[0].1, odd);
    let (program, arguments) = wrap(&policy(&[odd], &[], NetworkAccess::None));
    assert_eq!(program, Path::new("/usr/bin/sandbox-exec"));
    assert_eq!(arguments[0], "-p");
    assert_eq!(arguments[2], OsString::from(format!("-DWRITABLE_ROOT_0={odd}")));
    assert_eq!(arguments.last().unwrap(), "--");
}

#[test]
fn nothing_is_open_by_default() {
    assert!(BASE.contains("(deny default)"));
    for door in ["SecurityServer", "appleevent", "lsopen", "network", "coreservices"] {
        assert!(!BASE.contains(door), "{door}");
    }
}
