//! The types that the window and the host share, as TypeScript declares them.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use ts_rs::{Config, TS, TypeVisitor};

/// Collects the declarations of types and of all they are made of.
pub struct Declarations {
    /// Formatting of Rust's types.
    pub config: Config,
    seen: HashSet<TypeId>,
    found: BTreeMap<String, Declaration>,
}

/// One of them.
pub struct Declaration {
    /// Comment of the type; empty when there is none.
    pub docs: String,
    /// `type NAME = ...;` with what is said about its members.
    pub code: String,
}

impl Declarations {
    /// None yet.
    pub fn new(config: Config) -> Self {
        Self { config, seen: HashSet::new(), found: BTreeMap::new() }
    }

    /// Those that were found, by name.
    pub fn all(&self) -> &BTreeMap<String, Declaration> {
        &self.found
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // primitives and wrappers have no declaration of their own, only what they are made of
        if T::output_path().is_some() {
            let declaration =
                Declaration { docs: T::docs().unwrap_or_default(), code: T::decl(&self.config) };
            self.found.insert(T::ident(&self.config), declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
