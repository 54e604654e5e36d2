//! The MCP servers of the configuration, by the command of the window (B28).

use super::*;
use host::api::{McpServersView, McpStatus};

#[tokio::test(flavor = "multi_thread")]
async fn b28_servers_are_shown_as_the_session_has_them() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        println!("SKIPPED: this machine has no python3, which the server of this test is written in");
        return;
    }
    let place = Place::new();
    let home = place.dir.path().join("home");
    fs::create_dir_all(&home).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("mcp/scripted.py");
    let config = format!(
        "[mcp_servers.good]\ncommand = \"python3\"\nargs = [{script:?}, \"plain\"]\ntrusted_tools = [\"write\"]\n[mcp_servers.absent]\n\
         command = \"/nowhere/at-all\"\n[mcp_servers.off]\nurl = \"https://me:key@localhost/mcp?key=1\"\nenabled = false\n"
    );
    fs::write(home.join("config.toml"), config).unwrap();
    let mut window = place.start().await;
    let now: McpServersView = window.call("mcp_servers", json!({ "session": null })).await;
    let status = |view: &McpServersView| -> Vec<_> {
        view.servers.iter().map(|server| (server.name.clone(), server.status)).collect()
    };
    assert!(!now.in_session);
    assert_eq!(
        status(&now),
        [
            ("absent".to_owned(), McpStatus::NotStarted),
            ("good".to_owned(), McpStatus::NotStarted),
            ("off".to_owned(), McpStatus::Off)
        ]
    );
    assert_eq!(now.servers[2].reached, "https://localhost/mcp");

    let id = window.begin().await;
    // an update comes whenever the status of one changes
    let now = loop {
        let now: McpServersView = window.call("mcp_servers", json!({ "session": id })).await;
        if now.servers.iter().all(|server| server.status != McpStatus::Starting) {
            break now;
        }
        let received = tokio::time::timeout(Duration::from_mins(1), window.receive()).await;
        assert!(received == Ok(true), "no more updates come, and it is {now:#?}");
    };
    let [absent, good, _] = now.servers.as_slice() else { panic!("{now:#?}") };
    assert_eq!((absent.status, good.status), (McpStatus::Failed, McpStatus::Ready));
    assert!(absent.problem.as_ref().is_some_and(|why| !why.is_empty()));
    let write = good.tools.iter().find(|tool| tool.name == "write").unwrap();
    assert!(write.trusted && !write.read_only);
    assert!(good.tools.iter().any(|tool| tool.read_only));
    window.web_host.stop().await;
}
