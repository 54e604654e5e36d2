//! The question about a task that has reached its limit.

use super::question::question;
use crate::out::{err, errln};
use protocol::{Op, ReachedLimit};
use view::money::dollars;

/// Asks whether a task that has reached its limit goes on; returns the answer as an op. Blocks.
pub(crate) fn ask(reached: &ReachedLimit) -> Op {
    err!("\ncountersign: limit\n  {}\n", sentence(reached));
    loop {
        match question("go on for as much again [g], without a limit [u], end the task [q]? ").as_str() {
            "g" | "y" => {
                return Op::RaiseLimit { task_id: reached.task_id, used: reached.used, no_limit: false };
            }
            "u" => return Op::RaiseLimit { task_id: reached.task_id, used: reached.used, no_limit: true },
            "q" | "n" | "" => return Op::Interrupt,
            _ => {}
        }
    }
}

/// Ends a task that has reached its limit when nobody is there, and says so.
pub(crate) fn nobody(reached: &ReachedLimit) -> Op {
    errln!("countersign: {}", sentence(reached));
    errln!("  nobody is at the terminal to let it go on: it ends; raise task_cost_limit or task_token_limit");
    Op::Interrupt
}

fn sentence(reached: &ReachedLimit) -> String {
    let tokens = reached.used.total();
    let used = match reached.cost {
        Some(cost) => format!("{tokens} tokens, which cost {}", dollars(cost)),
        None => format!("{tokens} tokens, whose price is not known"),
    };
    let limits =
        [reached.limit.cost.map(dollars), reached.limit.tokens.map(|tokens| format!("{tokens} tokens"))];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    format!("the task has used {used}, and reached its limit of {}", limits.join(" or "))
}
