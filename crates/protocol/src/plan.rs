//! The plan the model keeps with `update_plan` (B27).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Status of one step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Being worked on; at most one step of a plan is.
    InProgress,
    /// Done.
    Completed,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PlanStep {
    /// Description of the step.
    pub step: String,
    /// Status of the step.
    pub status: StepStatus,
}

/// The arguments of `update_plan`, and the plan as shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Reason the plan changed, when the model gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub explanation: Option<String>,
    /// The steps, in order.
    pub plan: Vec<PlanStep>,
}
