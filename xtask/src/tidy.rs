//! Rules that no compiler holds.
//!
//! Some are older than the code that breaks them: their faults are listed in `xtask/tidy-debts.txt`, and the list only shrinks.

mod arrows;
mod circles;
mod debts;
mod doc_comments;
mod fault;
mod file_length;
mod machine;
mod pages;
mod promises;
mod purity;
mod read_once;
mod rows;
mod rust_code;
mod rust_modules;
mod rust_paths;
mod sources;
mod test_index;
mod type_names;
mod ui_imports;

use std::fs;

use anyhow::{Context, Result, bail};

use self::fault::Fault;
use self::sources::SourceFiles;
use crate::checkout::Checkout;

/// Checks every rule and prints each fault with its place and a way out.
pub(crate) fn check(checkout: &Checkout) -> Result<()> {
    let files = checkout.files()?;
    let mut messages = Vec::new();
    purity::check(checkout, &files, &mut messages)?;
    machine::check(checkout, &files, &mut messages)?;
    arrows::check(checkout, &files, &mut messages)?;
    pages::check(checkout, &files, &mut messages);
    let known = test_index::TestIndex::find(checkout, &files);
    rows::check(checkout, &known, &mut messages)?;
    promises::check(checkout, &known, &mut messages)?;
    let listed = read_debts(checkout)?;
    messages.extend(debts::compare(&listed, &find_faults(&SourceFiles::read(checkout, &files))));
    if messages.is_empty() {
        println!("known debts: {}", listed.values().sum::<usize>());
        return Ok(());
    }
    for message in &messages {
        println!("{message}");
    }
    bail!("{} of the tree's rules are broken, as listed above", messages.len())
}

/// Removes paid debts from the list; with `allow_new` also adds the faults that are not listed yet.
pub(crate) fn write_debts(checkout: &Checkout, allow_new: bool) -> Result<()> {
    let listed = read_debts(checkout)?;
    let faults = find_faults(&SourceFiles::read(checkout, &checkout.files()?));
    let debts = debts::update(&listed, &faults, allow_new);
    let file = checkout.path(debts::FILE);
    fs::write(&file, debts::write(&debts)).with_context(|| format!("cannot write {}", file.display()))?;
    println!("known debts: {}, before {}", debts.values().sum::<usize>(), listed.values().sum::<usize>());
    Ok(())
}

/// Returns the faults of the rules that may have debts.
fn find_faults(sources: &SourceFiles) -> Vec<Fault> {
    let ui_imports = ui_imports::imports(sources);
    let (rust_imports, parent_imports) = rust_modules::check(sources);
    [
        doc_comments::check(sources),
        file_length::check(sources),
        parent_imports,
        circles::check(&rust_imports),
        circles::check(&ui_imports),
        ui_imports::check_layers(&ui_imports),
        read_once::check(sources),
        type_names::check(sources),
    ]
    .concat()
}

fn read_debts(checkout: &Checkout) -> Result<debts::Debts> {
    let text = fs::read_to_string(checkout.path(debts::FILE))
        .with_context(|| format!("cannot read {}", debts::FILE))?;
    debts::parse(&text).map_err(anyhow::Error::msg)
}
