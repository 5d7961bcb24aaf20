//! Prefetching: other threads ask indexes in advance, while the solver waits for answers.

use std::sync::PoisonError;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName, VersionOrUrl};

use super::queue::PrefetchQuestion;
use super::{Catalog, lock};
use crate::bounds;
use crate::error::{Error, Result};
use crate::resolve::ranges::{self, VersionRange};

/// Number of concurrent questions.
const THREADS: usize = 16;

/// Number of versions of a project to try before further ones are prefetched.
const PATIENCE: usize = 4;

impl Catalog<'_> {
    /// Queues a question for other threads.
    pub(in crate::resolve) fn ask_ahead(
        &self,
        name: &PackageName,
        range: &VersionRange,
        extras: &[ExtraName],
    ) {
        let mut queue = lock(&self.queue);
        if self.direct.contains_key(name) || queue.closed {
            return;
        }
        let is_new = !queue.asked.contains_key(name);
        let asked = queue.asked.entry(name.clone()).or_default();
        let extras: Vec<ExtraName> = extras.iter().filter(|one| !asked.contains(one)).cloned().collect();
        if !is_new && extras.is_empty() {
            return;
        }
        asked.extend(extras.iter().cloned());
        queue.waiting.push_back(PrefetchQuestion::Newest {
            name: name.clone(),
            range: range.clone(),
            extras,
        });
        self.changed.notify_one();
    }

    /// Records that a version was tried. After several versions of one project, more are likely to follow, so as many
    /// as were tried are prefetched.
    ///
    /// # Errors
    /// When the number of tried versions exceeds the limit.
    pub(in crate::resolve) fn tried(
        &self,
        name: &PackageName,
        version: &Version,
        range: &VersionRange,
    ) -> Result<()> {
        let count = {
            let mut queue = lock(&self.queue);
            let tried = queue.tried.entry(name.clone()).or_default();
            if !tried.insert(version.clone()) {
                return Ok(());
            }
            tried.len()
        };
        if count > bounds::TRIED {
            return Err(Error::new(format!(
                "{} versions of {name} were tried, down to {version}, but each conflicts with another requirement",
                bounds::TRIED
            ))
            .help(format!("narrow the versions of {name}, in `packages` or in `constraints`")));
        }
        if count < PATIENCE || !count.is_power_of_two() {
            return Ok(());
        }
        let Ok(Some(known)) = self.project(name) else { return Ok(()) };
        let older = known.project.releases.iter().enumerate().filter(|(_, release)| {
            release.version < *version
                && range.contains(&release.version)
                && !release.version.any_prerelease()
        });
        let wheels =
            older.filter(|(index, _)| self.taken(name, &known, *index).is_some_and(|one| one.is_wheel));
        let next: Vec<PrefetchQuestion> = wheels
            .take(2 * count)
            .map(|(_, release)| PrefetchQuestion::Needs {
                name: name.clone(),
                version: release.version.clone(),
            })
            .collect();
        let mut queue = lock(&self.queue);
        if !queue.closed {
            queue.waiting.extend(next);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// Runs `work` while other threads answer queued questions.
    pub(in crate::resolve) fn with_helpers<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Close<'a, 'c>(&'a Catalog<'c>);
        impl Drop for Close<'_, '_> {
            fn drop(&mut self) {
                let mut queue = lock(&self.0.queue);
                queue.closed = true;
                queue.waiting.clear();
                self.0.changed.notify_all();
            }
        }
        lock(&self.queue).closed = false;
        std::thread::scope(|scope| {
            // The guard also closes the queue when `work` panics. Otherwise, the threads would wait for ever.
            let _close = Close(self);
            for _ in 0..THREADS {
                scope.spawn(|| self.help());
            }
            work()
        })
    }

    fn help(&self) {
        loop {
            let question = {
                let mut queue = lock(&self.queue);
                loop {
                    if queue.closed {
                        return;
                    }
                    if let Some(question) = queue.waiting.pop_front() {
                        break question;
                    }
                    queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
            };
            // The solver gets the failure again when it needs the answer.
            if let Err(error) = self.answer(&question) {
                tracing::debug!(%error, "prefetching failed");
            }
        }
    }

    /// Answers a question. It guesses that the newest version in a range will be taken, and queues that version's
    /// requirements under the same guess.
    fn answer(&self, question: &PrefetchQuestion) -> Result<()> {
        let (name, range, extras) = match question {
            PrefetchQuestion::Needs { name, version } => return self.needs(name, version).map(drop),
            PrefetchQuestion::Newest { name, range, extras } => (name, range, extras),
        };
        let Some(choice) = self.choose(name, range)? else { return Ok(()) };
        if !choice.is_wheel {
            return Ok(());
        }
        let Ok(needs) = self.needs(name, &choice.version)? else { return Ok(()) };
        let extras = extras.iter().map(Some);
        for line in std::iter::once(None).chain(extras).flat_map(|extra| needs.lines(extra)) {
            let range = match &line.version_or_url {
                Some(VersionOrUrl::VersionSpecifier(specifiers)) => ranges::of_specifiers(specifiers),
                Some(VersionOrUrl::Url(_)) => continue,
                None => VersionRange::full(),
            };
            self.ask_ahead(&line.name, &range, &line.extras);
        }
        Ok(())
    }
}
