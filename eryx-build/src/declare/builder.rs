//! Declarations in builder calls.

use std::path::PathBuf;

use super::compression::Compression;
use super::cpu::Cpu;
use super::spec::Spec;

impl Spec {
    /// Sets the name of the bundle in `eryx.lock`.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a requirement, or the path of a wheel, an sdist or a source tree.
    #[must_use]
    pub fn with_package(mut self, requirement: impl Into<String>) -> Self {
        self.packages.push(requirement.into());
        self
    }

    /// Adds a requirement that narrows the versions of packages that are needed anyway.
    #[must_use]
    pub fn with_constraint(mut self, requirement: impl Into<String>) -> Self {
        self.constraints.push(requirement.into());
        self
    }

    /// Sets whether pre-releases are eligible for every project.
    #[must_use]
    pub fn with_prereleases(mut self, prereleases: bool) -> Self {
        self.prereleases = prereleases;
        self
    }

    /// Sets the date (`2026-01-31`) or time (RFC 3339) after which uploads are ignored.
    #[must_use]
    pub fn with_exclude_newer(mut self, time: impl Into<String>) -> Self {
        self.exclude_newer = Some(time.into());
        self
    }

    /// Sets the package index to ask.
    #[must_use]
    pub fn with_index_url(mut self, url: impl Into<String>) -> Self {
        self.index_url = Some(url.into());
        self
    }

    /// Adds an index to ask before the main one.
    #[must_use]
    pub fn with_extra_index_url(mut self, url: impl Into<String>) -> Self {
        self.extra_index_urls.push(url.into());
        self
    }

    /// Adds a folder or page with wheels and sdists.
    #[must_use]
    pub fn with_find_links(mut self, place: impl Into<String>) -> Self {
        self.find_links.push(place.into());
        self
    }

    /// Adds a module to import before the snapshot.
    #[must_use]
    pub fn with_import(mut self, module: impl Into<String>) -> Self {
        self.imports.push(module.into());
        self
    }

    /// Sets the folder of the user's own modules.
    #[must_use]
    pub fn with_python(mut self, dir: impl Into<PathBuf>) -> Self {
        self.python = Some(dir.into());
        self
    }

    /// Sets the CPU baseline.
    #[must_use]
    pub fn with_cpu(mut self, cpu: Cpu) -> Self {
        self.cpu = Some(cpu);
        self
    }

    /// Sets whether the code counts the instructions it executes.
    #[must_use]
    pub fn with_fuel(mut self, fuel: bool) -> Self {
        self.fuel = fuel;
        self
    }

    /// Sets how sections are stored.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Keeps a part of the standard library that is [left out](crate::stdlib::left_out) otherwise.
    #[must_use]
    pub fn with_stdlib(mut self, name: impl Into<String>) -> Self {
        self.stdlib.push(name.into());
        self
    }

    /// Sets whether core modules are fused into one.
    #[must_use]
    pub fn with_fuse(mut self, fuse: bool) -> Self {
        self.fuse = fuse;
        self
    }

    /// Sets the limit of wall time for Python at build time, for example `10m`.
    #[must_use]
    pub fn with_build_wall_time(mut self, time: impl Into<String>) -> Self {
        self.build_wall_time = Some(time.into());
        self
    }

    /// Sets the limit of CPU time for Python at build time, for example `10m`.
    #[must_use]
    pub fn with_build_cpu_time(mut self, time: impl Into<String>) -> Self {
        self.build_cpu_time = Some(time.into());
        self
    }

    /// Sets the limit of memory for Python at build time, for example `2GiB`.
    #[must_use]
    pub fn with_build_memory(mut self, size: impl Into<String>) -> Self {
        self.build_memory = Some(size.into());
        self
    }
}
