//! Markdown as blocks of spans.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One block of markdown. Ids are stable while text is appended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Block {
    /// Position-based, unique within its row.
    pub id: u32,
    /// Kind of block.
    #[serde(flatten)]
    pub kind: BlockKind,
}

/// Kind of a block of markdown. Raw HTML is text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum BlockKind {
    /// A paragraph.
    Paragraph {
        /// Its text.
        spans: Vec<Span>,
    },
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        spans: Vec<Span>,
    },
    /// A block of code.
    Code {
        /// The language it names, or empty.
        language: String,
        /// Its text.
        text: String,
    },
    /// A list.
    List {
        /// Number of the first item, when it is numbered.
        start: Option<u64>,
        /// Its items.
        items: Vec<ListItem>,
    },
    /// A quotation.
    Quote {
        /// Quoted blocks.
        blocks: Vec<Block>,
    },
    /// A table.
    Table {
        /// Cells of its head.
        head: Vec<Vec<Span>>,
        /// Its rows of cells.
        rows: Vec<Vec<Vec<Span>>>,
    },
    /// A line across.
    Rule,
    /// There is more than is shown, and this stands in its place. Always the last block.
    Rest,
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ListItem {
    /// Whether its box is checked, when it has one.
    pub checked: Option<bool>,
    /// Its blocks.
    pub blocks: Vec<Block>,
}

/// A run of text in one style.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Span {
    /// The text; a line feed in it is a line break.
    pub text: String,
    /// Strong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub bold: bool,
    /// Emphasised.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub italic: bool,
    /// Struck out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub strike: bool,
    /// Code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub code: bool,
    /// Where it leads: http or https only, everything else is shown as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub link: Option<String>,
}
