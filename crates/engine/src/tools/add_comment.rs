//! `add_comment`: a reviewer's comment on lines of a patch.

use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) const NAME: &str = "add_comment";

pub(crate) const DESCRIPTION: &str = "Adds a comment on lines of the patch: a fault, a risk or a question that matters to whoever decides on \
                                      it. One call for each.";

/// Arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) struct Args {
    /// file, as the patch names it
    pub(crate) path: String,
    /// number of the first line, as the patch shows it
    pub(crate) line: u32,
    /// number of the last line; the first one when left out
    pub(crate) to_line: Option<u32>,
    /// true when the number is of a line that the patch removes
    #[serde(default)]
    pub(crate) removed: bool,
    /// the comment, in a few plain sentences
    pub(crate) text: String,
}
