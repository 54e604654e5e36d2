//! A session as a file for somebody else: Markdown, JSON, or one HTML page that needs nothing beside it.

mod header;
mod html;
mod markdown;
mod text;

pub use header::{ExportFormat, ExportHeader};

use crate::row::{ChangesView, FileView, Row, RowBody, SessionView};
use crate::{diff, timeline::Timeline};
use protocol::{CallId, Event, EventMsg};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A session as it is collected from its events.
#[derive(Debug, Default)]
pub struct Export {
    timeline: Timeline,
    patches: BTreeMap<CallId, Vec<FileView>>,
}

/// A session as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct ExportedSession {
    session: SessionView,
    rows: Vec<Row>,
    /// Files of each proposed patch, by its call.
    patches: BTreeMap<CallId, Vec<FileView>>,
    changes: ChangesView,
}

impl Export {
    /// Takes in an event of the session.
    pub fn take_in(&mut self, event: &Event) {
        if let EventMsg::PatchProposed { call_id, proposal } = &event.msg {
            self.patches.insert(call_id.clone(), diff::proposal(proposal));
        }
        self.timeline.take_in(event);
    }

    /// Returns the name of the session.
    pub fn title(&self) -> &str {
        &self.timeline.session().title
    }

    /// Writes the session. `redact` takes the secrets out of one text; `header` is asked for when that is done.
    pub fn write(
        mut self,
        format: ExportFormat,
        mut redact: impl FnMut(&str) -> String,
        header: impl FnOnce() -> ExportHeader,
    ) -> serde_json::Result<String> {
        self.timeline.catch_up();
        let whole = ExportedSession {
            session: self.timeline.session().clone(),
            rows: self.timeline.rows(0, self.timeline.total_rows()).to_vec(),
            patches: self.patches,
            changes: self.timeline.changes().clone(),
        };
        let mut exported: ExportedSession = redacted(&whole, &mut redact)?;
        // what waits for a decision is nobody else's
        exported.session.approvals.clear();
        let header = header();
        match format {
            ExportFormat::Markdown => Ok(markdown::page(&exported.view(), &header)),
            ExportFormat::Html => Ok(html::page(&exported.view(), &header)),
            ExportFormat::Json => {
                #[derive(Serialize)]
                struct Document<'a> {
                    format: &'static str,
                    version: u32,
                    #[serde(flatten)]
                    header: &'a ExportHeader,
                    #[serde(flatten)]
                    exported: &'a ExportedSession,
                }
                let document = Document {
                    format: "countersign-session",
                    version: 1,
                    header: &header,
                    exported: &exported,
                };
                serde_json::to_string_pretty(&document).map(|text| text + "\n")
            }
        }
    }
}

impl ExportedSession {
    fn view(&self) -> text::Pages<'_> {
        text::Pages {
            session: &self.session,
            rows: self.rows.iter().filter(|row| is_worth_it(&row.body)).collect(),
            patches: &self.patches,
        }
    }
}

/// Reports whether a row tells a reader something: not one of what the app did meanwhile.
fn is_worth_it(body: &RowBody) -> bool {
    !matches!(body, RowBody::Retry { .. })
}

/// Returns a copy of a value with every text in it redacted. Pictures are left as they are.
fn redacted<T: Serialize + DeserializeOwned>(
    value: &T,
    redact: &mut impl FnMut(&str) -> String,
) -> serde_json::Result<T> {
    let mut value = serde_json::to_value(value)?;
    redact_texts(&mut value, redact);
    serde_json::from_value(value)
}

fn redact_texts(value: &mut Value, redact: &mut impl FnMut(&str) -> String) {
    match value {
        Value::String(text) if !text.starts_with("data:image/") => *text = redact(text),
        Value::Array(values) => values.iter_mut().for_each(|value| redact_texts(value, redact)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact_texts(value, redact)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
