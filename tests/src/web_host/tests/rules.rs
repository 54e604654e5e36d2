//! The person's rules, by the commands of the window (B15).

use super::*;
use host::api::{DryRunResult, Outcome, RulePreview, RulesView};

impl Place {
    fn rules_file(&self) -> PathBuf {
        self.dir.path().join("home/rules.toml")
    }

    fn saved(&self) -> String {
        fs::read_to_string(self.rules_file()).unwrap_or_default()
    }
}

fn draft(decision: &str, command: &str) -> Value {
    json!({ "decision": decision, "command": command, "without_sandbox": false, "examples": [], "not_examples": [] })
}

impl Window {
    async fn rules(&self) -> RulesView {
        self.call("rules", json!({})).await
    }

    async fn preview(&self, draft: &Value) -> RulePreview {
        self.call("preview_rule", draft.clone()).await
    }

    /// Saves a rule as a person does: looks at it first.
    async fn save(&self, draft: &Value) -> RulesView {
        let shown = self.preview(draft).await.rule.expect("a rule that can be saved").id;
        self.call("add_rule", json!({ "draft": draft, "shown": shown })).await
    }

    async fn dry_run(&self, command: &str) -> DryRunResult {
        self.dry_run_in(None, command).await
    }

    async fn dry_run_in(&self, session: Option<&SessionId>, command: &str) -> DryRunResult {
        self.call("dry_run_command", json!({ "command": command, "escalated": false, "session": session }))
            .await
    }
}

fn commands(rules: &RulesView) -> Vec<&str> {
    rules.rules.iter().map(|rule| rule.command.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_a_rule_is_saved_to_the_letter_as_it_was_shown_and_taken_out_and_put_back() {
    let place = Place::new();
    let window = place.start().await;
    let refused = window.refusal("preview_rule", draft("allow", "make")).await;
    assert_eq!(refused, "no folder is open");
    let _: Value = window.call("pick_folder", json!({})).await;
    assert_eq!(window.rules().await.rules, []);

    let mut wanted = draft("allow", "make 'my target'");
    wanted["examples"] = json!(["make 'my target' -j2"]);
    wanted["not_examples"] = json!(["make all"]);
    let preview = window.preview(&wanted).await;
    assert!(place.saved().is_empty(), "a look saves nothing");
    let rule = preview.rule.unwrap();
    assert_eq!(rule.words, ["make", "my target"]);
    assert!(
        rule.says.contains("`make 'my target'`") && rule.says.contains("in the sandbox"),
        "{}",
        rule.says
    );
    assert!(preview.samples.iter().any(|sample| sample.covered && sample.command.ends_with("&& ls")));
    assert!(preview.samples.iter().any(|sample| !sample.covered && sample.command.contains("&& curl")));

    // what was shown is not what is sent: nothing is saved
    let wider = json!({ "draft": draft("allow", "make"), "shown": rule.id });
    assert_eq!(window.refusal("add_rule", wider).await, "this is not the rule that was shown");
    assert!(place.saved().is_empty());
    let rules = window.save(&wanted).await;
    assert_eq!(place.saved(), preview.text);
    assert_eq!(commands(&rules), ["make 'my target'"]);
    assert!(rules.rules[0].here && rules.problem.is_none());

    let rules = window.save(&draft("deny", "git push")).await;
    assert_eq!(commands(&rules), ["git push", "make 'my target'"], "the strictest first");
    let before = place.saved();
    let id = &rules.rules[1].id;
    let rules: RulesView = window.call("delete_rule", json!({ "id": id })).await;
    assert_eq!(commands(&rules), ["git push"]);
    window.refusal("delete_rule", json!({ "id": id })).await;
    let _: RulesView = window.call("restore_rule", json!({ "id": id })).await;
    assert_eq!(place.saved(), before);
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_what_cannot_be_saved_says_why_and_nothing_is_written() {
    let place = Place::new();
    let window = place.start().await;
    let _: Value = window.call("pick_folder", json!({})).await;
    let mut example = draft("allow", "cargo test");
    example["examples"] = json!(["make"]);
    for (draft, why) in [
        (draft("allow", "cargo test && rm x"), "a rule is about one command"),
        (draft("allow", "rm *"), "a shell reads something into the `*`"),
        (draft("allow", "sudo make"), "`sudo` runs whatever it is given"),
        (draft("allow", "python3"), "name the file or module too"),
        (draft("deny", &"x".repeat(5000)), "more than 4096"),
        (example, "the example `make` is not what the rule is about"),
    ] {
        let preview = window.preview(&draft).await;
        let problem = preview.problem.unwrap().message;
        assert!(preview.rule.is_none() && problem.contains(why), "{problem}");
        let refused = window.refusal("add_rule", json!({ "draft": draft, "shown": "" })).await;
        assert!(refused.contains(why), "{refused}");
    }
    assert!(place.saved().is_empty());
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_what_would_become_of_a_command_follows_the_rules_and_runs_nothing() {
    let place = Place::new();
    let window = place.start().await;
    let _: Value = window.call("pick_folder", json!({})).await;
    let mut settings = window.app().await.settings;
    settings.policies.approval = protocol::ApprovalPolicy::Untrusted;
    let _: AppView = window.call("save_settings", serde_json::to_value(&settings).unwrap()).await;

    let asks = window.dry_run("touch made").await;
    assert_eq!((asks.outcome, asks.in_session, asks.rules.len()), (Outcome::Asks, false, 0));
    window.save(&draft("allow", "touch")).await;
    window.save(&draft("ask", "git commit")).await;
    window.save(&draft("deny", "git push")).await;
    let allowed = window.dry_run("touch made").await;
    if window.app().await.sandbox.is_some_and(|found| found.level == protocol::SandboxLevel::None) {
        println!(
            "SKIPPED: this machine has no sandbox, so a rule that allows a contained command allows nothing"
        );
    } else {
        assert_eq!((allowed.outcome, allowed.rules[0].command.as_str()), (Outcome::Runs, "touch"));
        assert_eq!(allowed.sandbox.as_deref(), Some("workspace-write"));
    }
    assert_eq!(window.dry_run("touch made > other").await.outcome, Outcome::Asks);
    let by_rule = window.dry_run("git commit -m x").await;
    assert_eq!((by_rule.outcome, by_rule.rules[0].command.as_str()), (Outcome::Asks, "git commit"));
    let denied = window.dry_run("touch made && (git push)").await;
    assert_eq!((denied.outcome, denied.why.as_str()), (Outcome::Refuses, "your rule denies `git push`"));
    assert!(!place.project().join("made").exists());

    // by the policies of the session that is named
    settings.policies.approval = protocol::ApprovalPolicy::Never;
    let _: AppView = window.call("save_settings", serde_json::to_value(&settings).unwrap()).await;
    let project = window.app().await.project;
    let id: SessionId = window.call("new_session", json!({ "project": project })).await;
    assert!(!window.dry_run("git commit -m x").await.in_session);
    let now = window.dry_run_in(Some(&id), "git commit -m x").await;
    assert_eq!((now.outcome, now.in_session), (Outcome::Refuses, true));
    assert!(now.why.contains("never"), "{}", now.why);
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_a_file_that_cannot_be_read_is_shown_with_its_line_and_never_written_over() {
    let place = Place::new();
    let window = place.start().await;
    let _: Value = window.call("pick_folder", json!({})).await;
    let rules = window.save(&draft("allow", "touch")).await;
    let broken = format!("{}\n[[rule]]\ndecision = \"deny\"\nprefix = []\nproject = \"/\"\n", place.saved());
    fs::write(place.rules_file(), &broken).unwrap();

    let now = window.rules().await;
    let problem = now.problem.unwrap();
    assert!(
        now.rules.is_empty() && problem.message.contains("rules.toml:6: the rule has no words"),
        "{problem:?}"
    );
    assert!(problem.hint.unwrap().starts_with("mend the file"));
    let preview = window.preview(&draft("allow", "make")).await;
    assert!(preview.problem.unwrap().message.contains("rules.toml:6"));
    let id = &rules.rules[0].id;
    assert!(window.refusal("delete_rule", json!({ "id": id })).await.contains("rules.toml:6"));
    let result = window.dry_run("touch made").await;
    assert_eq!(result.outcome, Outcome::Asks);
    assert!(result.why.contains("rules.toml:6"), "{}", result.why);
    assert_eq!(place.saved(), broken);

    let () = window.call("open_rules_file", json!({})).await;
    assert!(window.web_host.desktop().opened()[0].ends_with("rules.toml"));
    // mended, or moved away: it counts from then on
    fs::remove_file(place.rules_file()).unwrap();
    assert!(window.rules().await.problem.is_none());
    assert!(window.refusal("open_rules_file", json!({})).await.contains("cannot open"));
    window.web_host.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b15_rules_of_other_folders_are_told_apart_from_those_that_count_here() {
    let place = Place::new();
    let window = place.start().await;
    let _: Value = window.call("pick_folder", json!({})).await;
    window.save(&draft("allow", "touch")).await;
    let more = "\n[[rule]]\ndecision = \"deny\"\nprefix = [\"git\", \"push\"]\nproject = \"/\"\n\n[[rule]]\ndecision = \"deny\"\n\
                prefix = [\"make\"]\nproject = \"/elsewhere\"\n";
    fs::write(place.rules_file(), place.saved() + more).unwrap();
    let rules = window.rules().await;
    assert_eq!(commands(&rules), ["git push", "touch", "make"]);
    assert_eq!(rules.rules.iter().map(|rule| rule.here).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!((rules.rules[0].folder.as_str(), rules.rules[2].folder.as_str()), ("/", "/elsewhere"));
    assert_ne!(window.dry_run("make").await.outcome, Outcome::Refuses);
    window.web_host.stop().await;
}
