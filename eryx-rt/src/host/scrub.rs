//! Keeps secrets in: replaces them with placeholders in all data that leaves a sandbox.

#[cfg(feature = "network")]
use std::sync::Arc;

use eryx_runtime::bindings::eryx::sandbox::types;

use super::output::Scrubber;
use super::state::HostState;

impl HostState {
    /// Returns the scrubber for outgoing data, if the sandbox has secrets.
    #[cfg(feature = "network")]
    pub(crate) fn scrubber(&self) -> Option<Scrubber> {
        let secrets = Arc::clone(self.network.as_ref()?.secrets());
        if secrets.is_empty() {
            return None;
        }
        Some(Arc::new(move |bytes: &mut [u8]| secrets.scrub(bytes)))
    }

    #[cfg(not(feature = "network"))]
    #[allow(clippy::unused_self, reason = "with the network it has secrets")]
    pub(crate) fn scrubber(&self) -> Option<Scrubber> {
        None
    }
}

fn scrub_text(scrub: &Scrubber, text: String) -> String {
    let mut bytes = text.into_bytes();
    scrub(&mut bytes);
    // Secrets and placeholders are ASCII of the same length, so the text stays valid UTF-8.
    String::from_utf8(bytes).unwrap_or_default()
}

impl HostState {
    /// Scrubs the outcome of an execution before it leaves the sandbox.
    #[expect(clippy::result_large_err, reason = "the type is the one that the bindings have")]
    pub(crate) fn scrubbed_outcome(
        &self,
        outcome: Result<types::Value, types::Exception>,
    ) -> Result<types::Value, types::Exception> {
        let Some(scrub) = self.scrubber() else { return outcome };
        let clean = |text: &mut String| *text = scrub_text(&scrub, std::mem::take(text));
        let clean_frames = |frames: &mut Vec<types::Frame>| {
            for frame in frames {
                for text in [&mut frame.file, &mut frame.function, &mut frame.source] {
                    clean(text);
                }
            }
        };
        match outcome {
            Ok(mut value) => {
                match &mut value {
                    types::Value::None => {}
                    types::Value::Json(json) => clean(json),
                    types::Value::Other(other) => {
                        for text in [&mut other.kind, &mut other.repr, &mut other.reason] {
                            clean(text);
                        }
                    }
                }
                Ok(value)
            }
            Err(mut exception) => {
                for text in [&mut exception.kind, &mut exception.message, &mut exception.traceback] {
                    clean(text);
                }
                clean_frames(&mut exception.frames);
                for chained in &mut exception.chained {
                    clean(&mut chained.kind);
                    clean(&mut chained.message);
                    clean_frames(&mut chained.frames);
                }
                Err(exception)
            }
        }
    }
}
