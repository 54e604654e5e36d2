use super::*;
use protocol::{Policies, TaskId};

#[test]
fn the_policies_chosen_last_are_the_ones_to_go_on_with() {
    let config = |model: &str| -> SessionConfig {
        serde_json::from_value(serde_json::json!({
            "provider": "practice",
            "model": model,
            "cwd": "/p",
            "policies": Policies::default(),
        }))
        .unwrap()
    };
    let changed = Policies { review_patches: true, ..Policies::default() };
    let chosen = || Fact::PolicyChanged { policies: changed.clone() };
    let configure = |model: &str| Fact::Configured { config: Box::new(config(model)) };
    let last = |facts: Vec<Fact>| facts.into_iter().fold(None, configured);

    assert_eq!(last(vec![chosen()]), None);
    let expected = SessionConfig { policies: changed.clone(), ..config("a") };
    assert_eq!(
        last(vec![configure("a"), chosen(), Fact::TaskStarted { task_id: TaskId(1) }]),
        Some(expected)
    );
    assert_eq!(last(vec![configure("a"), chosen(), configure("b")]), Some(config("b")));
}
