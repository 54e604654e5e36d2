//! Prices of models, and limits of tasks.

use super::{config, error};
use proptest::prelude::*;
use protocol::{ModelPrice, TaskLimit};

#[test]
fn a_price_is_in_dollars_for_a_million_tokens() {
    let config = config(
        "task_cost_limit = 2.5\ntask_token_limit = 500_000\n[prices.\"gpt-5.6\"]\ninput = 1.25\ncached_input = 0.125\noutput = 10\n\
         [prices.flat]\ninput = 3\noutput = 0",
    );
    assert_eq!(config.task_limit, TaskLimit { cost: Some(2_500_000), tokens: Some(500_000) });
    let price = ModelPrice { input: 1_250_000, cached_input: 125_000, output: 10_000_000 };
    assert_eq!(config.prices["gpt-5.6"], price);
    let flat = ModelPrice { input: 3_000_000, cached_input: 3_000_000, output: 0 };
    assert_eq!(config.prices["flat"], flat);
    let listed = config.effective();
    let value = |key: &str| listed.iter().find(|value| value.key == key).unwrap().value.clone();
    assert_eq!((value("task_cost_limit"), value("prices.gpt-5.6.cached_input")), (2.5.into(), 0.125.into()));
}

#[test]
fn a_price_that_makes_no_sense_is_named_with_its_place() {
    for (text, message) in [
        (
            "[prices.m]\ninput = 1",
            "/h/config.toml:1:9: the price of `m` has no `output`: dollars for a million",
        ),
        ("[prices.m]\ninput = -1\noutput = 1", "/h/config.toml:2:1: not a price: write dollars"),
        ("[prices.m]\ninput = 1\noutput = inf", "/h/config.toml:3:1: not a price: write dollars"),
        ("[prices.m]\ninput = 1\noutput = \"1\"", "/h/config.toml:3:10: invalid type"),
        (
            "[prices.m]\ninput = 1\noutptu = 1",
            "/h/config.toml:3:1: unknown key `prices.m.outptu`, did you mean `prices.m.output`?",
        ),
        ("task_cost_limit = 0", "/h/config.toml:1:1: not a limit: write dollars"),
        ("task_cost_limit = nan", "/h/config.toml:1:1: not a limit: write dollars"),
        ("task_token_limit = 0", "/h/config.toml:1:1: not a limit: write a number of tokens"),
        ("task_token_limit = -5", "/h/config.toml:1:20: invalid value"),
    ] {
        let said = error(text);
        assert!(said.starts_with(message), "{text}: {said}");
    }
}

proptest! {
    #[test]
    fn any_number_is_a_price_or_an_error(input: f64, output: f64) {
        let text = format!("[prices.m]\ninput = {input:?}\noutput = {output:?}");
        let text = text.replace("NaN", "nan");
        let is_price = |value: f64| (0.0..=1e9).contains(&value);
        match super::with(&text, &[], None) {
            Ok(config) => {
                prop_assert!(is_price(input) && is_price(output));
                let rounded = |dollars: f64| format!("{:.0}", (dollars * 1e6).round().abs());
                let price = config.prices["m"];
                prop_assert_eq!(price.input.to_string(), rounded(input));
                prop_assert_eq!(price.output.to_string(), rounded(output));
            }
            Err(error) => prop_assert!(!(is_price(input) && is_price(output)), "{text}: {error}"),
        }
    }
}
