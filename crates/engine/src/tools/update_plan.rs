//! Keeping the plan (B27).

use super::arguments::parse;
use super::call::ToolCall;
use super::schema::function;
use super::tool::BuiltInTool;
use protocol::{Plan, PlanStep, StepStatus};
use schemars::JsonSchema;
use serde::Deserialize;

const NAME: &str = "update_plan";

pub(super) static TOOL: BuiltInTool = BuiltInTool {
    name: NAME,
    aliases: &[],
    spec: Some(|| function::<Args>(NAME, "Keeps the plan the person sees. At most one step is in progress.")),
    read: |arguments, _| call(parse(arguments)?),
};

// no doc comments: there is nothing to tell the model of these

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    explanation: Option<String>,
    plan: Vec<StepArgs>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StepArgs {
    step: String,
    status: StatusArgs,
}

#[derive(PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StatusArgs {
    Pending,
    InProgress,
    Completed,
}

fn call(args: Args) -> Result<ToolCall, String> {
    if args.plan.iter().filter(|step| step.status == StatusArgs::InProgress).count() > 1 {
        return Err("at most one step of a plan can be in progress".to_owned());
    }
    let steps = args.plan.into_iter().map(|StepArgs { step, status }| PlanStep {
        step,
        status: match status {
            StatusArgs::Pending => StepStatus::Pending,
            StatusArgs::InProgress => StepStatus::InProgress,
            StatusArgs::Completed => StepStatus::Completed,
        },
    });
    Ok(ToolCall::Plan(Plan { explanation: args.explanation, plan: steps.collect() }))
}
