//! Calls on a bus of the desktop.

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::{Connection, DynamicType, Type};

/// Calls a method of an interface of an object, which is given by the name of its program and its path.
pub(super) async fn call<Args, Answer>(
    bus: &Connection,
    (name, path): (&str, &str),
    interface: &str,
    method: &str,
    args: &Args,
) -> Result<Answer>
where
    Args: Serialize + DynamicType,
    Answer: DeserializeOwned + Type,
{
    let answer = bus.call_method(Some(name), path, Some(interface), method, args).await;
    let answer = answer.with_context(|| format!("{method} of {path}"))?;
    let body = answer.body();
    Ok(body.deserialize()?)
}
