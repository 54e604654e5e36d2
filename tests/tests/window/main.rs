//! Stories in the real window: the built app under WebKit's WebDriver, with the real agent, sandbox, keyring and
//! notification daemon. Only the model is the practice one, or follows a script.

mod background;
mod composing;
mod graphics;
mod harness;
mod hostile;
mod keys;
mod notices;
mod own_window;
mod page_process;
mod patches;
mod reading_order;
mod real_project;
mod receipts;
mod welcome;
mod zoom;
