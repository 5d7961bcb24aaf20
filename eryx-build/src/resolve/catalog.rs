//! What is known of projects and their versions. Whatever is not known yet is found out at the first question, once,
//! whoever asks first; [`Catalog::ask_ahead`] lets other threads ask.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName, VersionOrUrl};

use super::candidate::{Candidate, Unfit};
use super::direct::Direct;
use super::needs::Needs;
use super::ranges::{self, Range};
use super::{File, Pin, SourceBuilder, SourceTree, sdist};
use crate::bounds;
use crate::context::Context;
use crate::error::{Context as _, Error, Result};
use crate::fetch;
use crate::index::discover::Cutoff;
use crate::index::{Client, Project, ProjectFile};
use crate::wheel::{Metadata, Wheel, WheelName, metadata};

/// How many questions are asked at once.
const THREADS: usize = 16;

/// So many versions of a project are tried before more are asked for ahead.
const PATIENCE: usize = 4;

/// What is known so far.
pub(super) struct Catalog<'c> {
    pub(super) context: &'c Context,
    pub(super) builder: &'c dyn SourceBuilder,
    cutoff: Option<Cutoff>,
    /// Whether pre-releases are taken without being asked for, of all projects or of some.
    all_prereleases: bool,
    prereleases: Vec<PackageName>,
    /// Distributions whose place is given.
    pub(super) direct: HashMap<PackageName, Direct>,
    preferences: HashMap<PackageName, &'c Pin>,
    client: OnceLock<Arc<Client>>,
    projects: Mutex<HashMap<PackageName, Option<Arc<Known>>>>,
    needs: Mutex<HashMap<(PackageName, Version), Slot>>,
    sources: Mutex<Sources>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

type Slot = Arc<Mutex<Option<Result<Arc<Needs>, String>>>>;

/// What became of building sdists.
#[derive(Default)]
struct Sources {
    built: HashMap<(PackageName, Version), Arc<Wheel>>,
    /// The first version of a project that could not be built, and why.
    failed: HashMap<PackageName, (Version, String)>,
}

/// Questions that nobody waits for yet.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Question>,
    asked: HashMap<PackageName, Vec<ExtraName>>,
    /// The versions of a project that were tried. Going back, the algorithm may try one again.
    tried: HashMap<PackageName, HashSet<Version>>,
    closed: bool,
}

enum Question {
    /// What the newest version in a range needs, with some extras.
    Newest { name: PackageName, range: Range, extras: Vec<ExtraName> },
    /// What that version needs.
    Needs { name: PackageName, version: Version },
}

/// A project, and which file of each of its versions is taken.
pub(super) struct Known {
    pub(super) project: Arc<Project>,
    /// Beside the releases.
    taken: Vec<OnceLock<Option<Taken>>>,
}

/// The file that is taken of a version.
#[derive(Clone, Copy)]
struct Taken {
    file: usize,
    is_wheel: bool,
    yanked: bool,
}

/// One version that may be taken, with its file.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) version: Version,
    pub(super) file: ProjectFile,
    pub(super) is_wheel: bool,
}

/// What a project's requirements say about pre-releases and what is wanted of it, for building a [`Catalog`].
pub(super) struct Rules<'c> {
    pub(super) all_prereleases: bool,
    pub(super) prereleases: Vec<PackageName>,
    pub(super) direct: HashMap<PackageName, Direct>,
    pub(super) preferences: &'c [Pin],
}

impl<'c> Catalog<'c> {
    pub(super) fn new(
        rules: Rules<'c>,
        builder: &'c dyn SourceBuilder,
        context: &'c Context,
    ) -> Result<Self> {
        Ok(Self {
            context,
            builder,
            cutoff: context.newest_upload()?.map(|(cutoff, _)| cutoff),
            all_prereleases: rules.all_prereleases,
            prereleases: rules.prereleases,
            direct: rules.direct,
            preferences: rules.preferences.iter().map(|pin| (pin.name.clone(), pin)).collect(),
            client: OnceLock::new(),
            projects: Mutex::default(),
            needs: Mutex::default(),
            sources: Mutex::default(),
            queue: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    pub(super) fn client(&self) -> Result<Arc<Client>> {
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let client = self.context.client()?;
        Ok(Arc::clone(self.client.get_or_init(|| client)))
    }

    /// The project, if anybody has it.
    pub(super) fn project(&self, name: &PackageName) -> Result<Option<Arc<Known>>> {
        if let Some(known) = lock(&self.projects).get(name) {
            return Ok(known.clone());
        }
        if lock(&self.projects).len() >= bounds::PROJECTS {
            return Err(Error::new(format!(
                "what is asked for needs more than {} projects",
                bounds::PROJECTS
            ))
            .help(
                "no set of packages needs so many: look at the index that is asked, and at what you declare",
            ));
        }
        let known = self.client()?.project(name)?.map(|project| {
            let taken = project.releases.iter().map(|_| OnceLock::new()).collect();
            Arc::new(Known { project, taken })
        });
        // Two threads may come here with the same; the first one stays.
        Ok(lock(&self.projects).entry(name.clone()).or_insert(known).clone())
    }

    /// All versions that exist of a distribution, oldest first, so far as they are known.
    pub(super) fn versions(&self, name: &PackageName) -> Vec<Version> {
        if let Some(direct) = self.direct.get(name) {
            return vec![direct.version.clone()];
        }
        let known = lock(&self.projects).get(name).cloned().flatten();
        known.map_or_else(Vec::new, |known| {
            known.project.releases.iter().rev().map(|release| release.version.clone()).collect()
        })
    }

    /// Those of them that could be taken by their kind: pre-releases only if they are asked for, or all there is.
    pub(super) fn eligible(&self, name: &PackageName, asked: &[&Range]) -> Vec<Version> {
        let all = self.versions(name);
        let every = self.all_prereleases
            || self.prereleases.contains(name)
            || all.iter().all(Version::any_prerelease);
        let fits = |version: &Version| {
            every
                || !version.any_prerelease()
                || asked.iter().any(|range| ranges::asks_for_prerelease(range, version))
        };
        all.into_iter().filter(fits).collect()
    }

    /// Whether it is known that nobody has the project.
    pub(super) fn is_missing(&self, name: &PackageName) -> bool {
        matches!(lock(&self.projects).get(name), Some(None))
    }

    /// The version to try of those in a range: the preferred one, else the newest one with a usable file.
    pub(super) fn choose(&self, name: &PackageName, range: &Range) -> Result<Option<Choice>> {
        let Some(known) = self.project(name)? else { return Ok(None) };
        let can_build = !lock(&self.sources).failed.contains_key(name);
        let at = |index: usize| {
            let taken = self.taken(name, &known, index)?;
            (taken.is_wheel || can_build).then_some(taken)
        };
        let choice = |index: usize, taken: Taken| Choice {
            version: known.project.releases[index].version.clone(),
            file: known.project.releases[index].files[taken.file].clone(),
            is_wheel: taken.is_wheel,
        };
        if let Some(preferred) = self.preferences.get(name).filter(|pin| range.contains(&pin.version))
            && let Some(index) =
                known.project.releases.iter().position(|one| one.version == preferred.version)
            && let Some(taken) = at(index)
        {
            return Ok(Some(choice(index, taken)));
        }
        let exact = ranges::exact(range).is_some();
        let fits = |version: &Version| range.contains(version);
        let stable = self.pass(&known, &fits, exact, &at, &|version| {
            !version.any_prerelease() || ranges::asks_for_prerelease(range, version)
        });
        let found = if self.all_prereleases || self.prereleases.contains(name) {
            self.pass(&known, &fits, exact, &at, &|_| true)
        } else if stable.is_some() {
            stable
        } else if self.only_prereleases(&known, &at) {
            self.pass(&known, &fits, exact, &at, &|_| true)
        } else {
            None
        };
        Ok(found.map(|(index, taken)| choice(index, taken)))
    }

    /// The newest version that passes all tests.
    #[allow(clippy::unused_self)]
    fn pass(
        &self,
        known: &Known,
        fits: &dyn Fn(&Version) -> bool,
        exact: bool,
        at: &dyn Fn(usize) -> Option<Taken>,
        allowed: &dyn Fn(&Version) -> bool,
    ) -> Option<(usize, Taken)> {
        known.project.releases.iter().enumerate().find_map(|(index, release)| {
            if !fits(&release.version) || !allowed(&release.version) {
                return None;
            }
            let taken = at(index)?;
            (exact || !taken.yanked).then_some((index, taken))
        })
    }

    /// Whether a project has no final version that could be used: then its pre-releases are what it has.
    #[allow(clippy::unused_self)]
    fn only_prereleases(&self, known: &Known, at: &dyn Fn(usize) -> Option<Taken>) -> bool {
        let mut finals =
            known.project.releases.iter().enumerate().filter(|(_, one)| !one.version.any_prerelease());
        !finals.any(|(index, _)| at(index).is_some_and(|taken| !taken.yanked))
    }

    fn taken(&self, name: &PackageName, known: &Known, index: usize) -> Option<Taken> {
        *known.taken[index].get_or_init(|| {
            let release = &known.project.releases[index];
            let candidate = self.candidate(name, known, index);
            let file = candidate.file()?;
            Some(Taken {
                file: release.files.iter().position(|one| std::ptr::eq(one, file))?,
                is_wheel: candidate.wheel.is_some(),
                yanked: file.yanked.is_some(),
            })
        })
    }

    /// One version with all its files.
    pub(super) fn candidate<'k>(&self, name: &PackageName, known: &'k Known, index: usize) -> Candidate<'k> {
        let release = &known.project.releases[index];
        let preferred = self.preferences.get(name).filter(|pin| pin.version == release.version);
        let kept = preferred.and_then(|pin| Some(pin.source.file()?.sha256.as_str()));
        Candidate::new(release, self.cutoff.as_ref(), kept)
    }

    /// The choice for a version that was chosen before.
    pub(super) fn chosen(&self, name: &PackageName, version: &Version) -> Result<Choice> {
        let gone = || Error::new(format!("{name} {version} is gone"));
        let known = self.project(name)?.ok_or_else(gone)?;
        let index = known.project.releases.iter().position(|one| one.version == *version).ok_or_else(gone)?;
        let taken = self.taken(name, &known, index).ok_or_else(gone)?;
        Ok(Choice {
            version: known.project.releases[index].version.clone(),
            file: known.project.releases[index].files[taken.file].clone(),
            is_wheel: taken.is_wheel,
        })
    }

    /// What a version needs, or why it cannot be used.
    pub(super) fn needs(&self, name: &PackageName, version: &Version) -> Result<Result<Arc<Needs>, String>> {
        if let Some(direct) = self.direct.get(name) {
            return Ok(Ok(Arc::clone(&direct.needs)));
        }
        let slot = Arc::clone(lock(&self.needs).entry((name.clone(), version.clone())).or_default());
        let mut slot = lock(&slot);
        if let Some(known) = &*slot {
            return Ok(known.clone());
        }
        let choice = self.chosen(name, version)?;
        let found = if choice.is_wheel {
            self.wheel_metadata(&choice.file)?
        } else {
            self.sdist_metadata(name, &choice)?
        };
        let found = found.and_then(|metadata| Needs::of(&metadata, name, version).map(Arc::new));
        *slot = Some(found.clone());
        Ok(found)
    }

    fn wheel_metadata(&self, file: &ProjectFile) -> Result<Result<Metadata, String>> {
        if let Some(known) = file.sha256.as_deref().and_then(|hash| self.noted(hash)) {
            return Ok(Ok(known));
        }
        let bytes = match self.wheel_metadata_bytes(file)? {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(self.note_and_parse(file.sha256.as_deref(), &bytes))
    }

    /// From the index if it comes cheaper, else from the wheel.
    fn wheel_metadata_bytes(&self, file: &ProjectFile) -> Result<Result<Vec<u8>, String>> {
        let filename: WheelName = file.filename.parse()?;
        let read = |path: &std::path::Path| {
            crate::wheel::raw_metadata(path, &filename).map_err(|error| error.to_string())
        };
        if let Some(path) = file.sha256.as_deref().and_then(|hash| self.context.cache.file(hash)) {
            return Ok(read(&path));
        }
        if let Some(path) = here(file) {
            return Ok(read(&path));
        }
        if self.context.offline {
            return Ok(Err("it is not in the cache, and the build is offline".to_owned()));
        }
        let client = self.client()?;
        if let Some(bytes) = client.wheel_metadata(file)? {
            return Ok(Ok(bytes));
        }
        Ok(read(&self.bring(file, &client)?))
    }

    fn sdist_metadata(&self, name: &PackageName, choice: &Choice) -> Result<Result<Metadata, String>> {
        if let Some(wheel) = self.built(name, &choice.version) {
            return Ok(Ok(wheel.metadata.clone()));
        }
        if let Some(known) = choice.file.sha256.as_deref().and_then(|hash| self.noted(hash)) {
            return Ok(Ok(known));
        }
        let (path, _) = match self.sdist_file(&choice.file)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let info = match sdist::pkg_info(&path, &choice.file.filename) {
            Ok(info) => info,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if let Some(info) = info.filter(|info| metadata::is_static(info)) {
            return Ok(self.note_and_parse(choice.file.sha256.as_deref(), &info));
        }
        Ok(self.build(name, choice)?.map(|wheel| wheel.metadata.clone()))
    }

    /// Builds an sdist, unless that was done already, or another version of the project could not be built.
    pub(super) fn build(&self, name: &PackageName, choice: &Choice) -> Result<Result<Arc<Wheel>, String>> {
        if let Some(wheel) = self.built(name, &choice.version) {
            return Ok(Ok(wheel));
        }
        if let Some((version, reason)) = lock(&self.sources).failed.get(name) {
            return Ok(Err(format!("its version {version} cannot be built: {reason}")));
        }
        let (path, sha256) = match self.sdist_file(&choice.file)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let source = SourceTree::Sdist { path: &path, filename: &choice.file.filename, sha256: &sha256 };
        let built = self.builder.build(source).and_then(|wheel| {
            if wheel.name() == name && *wheel.version() == choice.version {
                return Ok(wheel);
            }
            Err(Error::new(format!("it gives a wheel of {} {}", wheel.name(), wheel.version())))
        });
        match built {
            Ok(wheel) => {
                let wheel = Arc::new(wheel);
                lock(&self.sources).built.insert((name.clone(), choice.version.clone()), Arc::clone(&wheel));
                Ok(Ok(wheel))
            }
            Err(error) => {
                let reason = reason(&error);
                tracing::debug!(%name, version = %choice.version, reason, "cannot be built");
                lock(&self.sources).failed.insert(name.clone(), (choice.version.clone(), reason.clone()));
                Ok(Err(reason))
            }
        }
    }

    /// The wheel that was built of that version.
    pub(super) fn built(&self, name: &PackageName, version: &Version) -> Option<Arc<Wheel>> {
        lock(&self.sources).built.get(&(name.clone(), version.clone())).cloned()
    }

    /// The version of the project that could not be built, and why.
    pub(super) fn build_failure(&self, name: &PackageName) -> Option<(Version, String)> {
        lock(&self.sources).failed.get(name).cloned()
    }

    /// Forgets what a version needs, as it is known better now.
    pub(super) fn learn(&self, name: &PackageName, version: &Version, needs: Arc<Needs>) {
        lock(&self.needs).insert((name.clone(), version.clone()), Arc::new(Mutex::new(Some(Ok(needs)))));
    }

    /// Notes that what was built of a version is of no use.
    pub(super) fn cannot_build(&self, name: &PackageName, version: &Version, reason: String) {
        let mut sources = lock(&self.sources);
        sources.built.remove(&(name.clone(), version.clone()));
        sources.failed.insert(name.clone(), (version.clone(), reason));
    }

    /// An sdist on this machine, and its hash.
    fn sdist_file(&self, file: &ProjectFile) -> Result<Result<(std::path::PathBuf, String), String>> {
        if let Some(path) = here(file) {
            let hash = match &file.sha256 {
                Some(hash) => hash.clone(),
                None => File::here(&path)?.sha256,
            };
            return Ok(Ok((path, hash)));
        }
        let hash = file.sha256.clone().unwrap_or_default();
        if self.context.offline && self.context.cache.file(&hash).is_none() {
            return Ok(Err("it is not in the cache, and the build is offline".to_owned()));
        }
        let client = self.client()?;
        Ok(Ok((self.bring(file, &client)?, hash)))
    }

    fn bring(&self, file: &ProjectFile, client: &Client) -> Result<std::path::PathBuf> {
        let sha256 =
            file.sha256.clone().ok_or_else(|| Error::new(format!("`{}` has no hash", file.filename)))?;
        let wanted = File { filename: file.filename.clone(), size: file.size, sha256 };
        fetch::bring_offered(file, &wanted, client, self.context)
    }

    fn noted(&self, sha256: &str) -> Option<Metadata> {
        self.context.cache.note("metadata", sha256).and_then(|bytes| Metadata::parse(&bytes).ok())
    }

    fn note_and_parse(&self, sha256: Option<&str>, bytes: &[u8]) -> Result<Metadata, String> {
        let parsed = metadata::essence(bytes).and_then(|short| {
            let metadata = Metadata::parse(&short)?;
            if let Some(hash) = sha256
                && let Err(error) = self.context.cache.write_note("metadata", hash, &short)
            {
                tracing::debug!(%error, "cannot keep metadata");
            }
            Ok(metadata)
        });
        parsed.map_err(|error| format!("its metadata is broken: {error}"))
    }

    /// Notes that a question will come, for other threads to answer meanwhile.
    pub(super) fn ask_ahead(&self, name: &PackageName, range: &Range, extras: &[ExtraName]) {
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
        queue.waiting.push_back(Question::Newest { name: name.clone(), range: range.clone(), extras });
        self.changed.notify_one();
    }

    /// Notes that a version was tried. After some of one project, it is likely that many more will be: those are asked
    /// for ahead, as many at once as were tried.
    ///
    /// # Errors
    /// When so many were tried that there is no end to be expected.
    pub(super) fn tried(&self, name: &PackageName, version: &Version, range: &Range) -> Result<()> {
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
                "{} versions of {name} were tried, down to {version}, and none fits together with all else",
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
        let next: Vec<Question> = wheels
            .take(2 * count)
            .map(|(_, release)| Question::Needs { name: name.clone(), version: release.version.clone() })
            .collect();
        let mut queue = lock(&self.queue);
        if !queue.closed {
            queue.waiting.extend(next);
            self.changed.notify_all();
        }
        Ok(())
    }

    /// Runs `work` while other threads answer what will be asked.
    pub(super) fn with_helpers<T>(&self, work: impl FnOnce() -> T) -> T {
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
            // Also when `work` panics, or the threads would wait for ever.
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
            // A failure is met again by whoever needs the answer.
            if let Err(error) = self.answer(&question) {
                tracing::debug!(%error, "asked ahead in vain");
            }
        }
    }

    /// Guesses that the newest version in the range will be taken, and that so it will be with what that one needs.
    fn answer(&self, question: &Question) -> Result<()> {
        let (name, range, extras) = match question {
            Question::Needs { name, version } => return self.needs(name, version).map(drop),
            Question::Newest { name, range, extras } => (name, range, extras),
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
                None => Range::full(),
            };
            self.ask_ahead(&line.name, &range, &line.extras);
        }
        Ok(())
    }

    /// The newest version in a range that could be taken if nothing else spoke against it, for help texts.
    pub(super) fn newest(&self, name: &PackageName, range: &Range) -> Option<Version> {
        self.choose(name, range).ok().flatten().map(|choice| choice.version)
    }

    /// Why the files of a version are refused.
    pub(super) fn refused(&self, name: &PackageName, version: &Version) -> Vec<(String, Unfit)> {
        let Ok(Some(known)) = self.project(name) else { return Vec::new() };
        let Some(index) = known.project.releases.iter().position(|one| one.version == *version) else {
            return Vec::new();
        };
        let candidate = self.candidate(name, &known, index);
        candidate.refused.into_iter().map(|(file, unfit)| (file.filename.clone(), unfit)).collect()
    }

    /// Whether a version has a file that could be taken.
    pub(super) fn candidate_is_usable(&self, name: &PackageName, version: &Version) -> bool {
        let Ok(Some(known)) = self.project(name) else { return false };
        let index = known.project.releases.iter().position(|one| one.version == *version);
        let taken = index.and_then(|index| self.taken(name, &known, index));
        taken.is_some_and(|taken| taken.is_wheel || self.build_failure(name).is_none())
    }

    /// Whether a version has no wheel, but an sdist.
    pub(super) fn is_source_only(&self, name: &PackageName, version: &Version) -> bool {
        let Ok(Some(known)) = self.project(name) else { return false };
        let index = known.project.releases.iter().position(|one| one.version == *version);
        index.and_then(|index| self.taken(name, &known, index)).is_some_and(|taken| !taken.is_wheel)
    }
}

/// The path of a file in a folder of this machine.
fn here(file: &ProjectFile) -> Option<std::path::PathBuf> {
    file.url.strip_prefix("file:")?;
    url::Url::parse(&file.url).ok()?.to_file_path().ok()
}

/// An error on one line, with its causes.
pub(super) fn reason(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pinned file of a choice, hashed now if it is one of this machine.
pub(super) fn pinned(file: &ProjectFile) -> Result<File> {
    if let Some(sha256) = &file.sha256 {
        return Ok(File { filename: file.filename.clone(), size: file.size, sha256: sha256.clone() });
    }
    let path = here(file).ok_or_else(|| Error::new(format!("`{}` has no hash", file.filename)))?;
    File::here(&path).context(|| format!("cannot read `{}` of find-links", file.filename))
}
