//! Runs a row in all programs, in turns.

use tempfile::TempDir;

use crate::Result;
use crate::program::{Column, Program, Setting};
use crate::rows::{Mode, Ours, Row, Work};
use crate::sample::{Sample, Unit};

/// Starts with an empty store. Each writes some 50 MB.
const COLD_STARTS: usize = 7;
/// Starts with a filled store.
const WARM_STARTS: usize = 31;

/// The available programs.
pub(crate) struct Programs {
    pub(crate) plain: Program,
    pub(crate) pydantic: Program,
    /// A bundle for `plain` without fused modules.
    pub(crate) unfused: Option<String>,
    pub(crate) published: Option<Program>,
    pub(crate) pyeryx: Option<Program>,
    pub(crate) native: Option<Program>,
}

impl Programs {
    /// Returns the programs that measure a row, ours first.
    fn of(&self, row: &Row) -> Vec<&Program> {
        let ours = match &row.work {
            Work::Start { pydantic: true, .. } => Ours::Pydantic,
            Work::Start { .. } => Ours::Plain,
            Work::Mode(mode) => mode.ours,
        };
        match ours {
            Ours::Pydantic => return vec![&self.pydantic],
            Ours::Unfused if self.unfused.is_none() => return Vec::new(),
            Ours::Unfused => return vec![&self.plain],
            Ours::Plain => {}
        }
        let native = match row.work {
            // CPython is compared for Python code, and for starts, because pyeryx starts inside a Python.
            Work::Start { empty_store: false, .. } => self.native.as_ref(),
            _ if row.part == "python" => self.native.as_ref(),
            _ => None,
        };
        [Some(&self.plain), self.published.as_ref(), self.pyeryx.as_ref(), native]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Measures a row's cells. A program that cannot do it has no cell.
pub(crate) fn run(row: &Row, programs: &Programs) -> Result<Vec<(Column, Sample)>> {
    let chosen = programs.of(row);
    let samples = match &row.work {
        Work::Start { empty_store: true, .. } => cold_starts(&chosen)?,
        Work::Start { .. } => warm_starts(&chosen)?,
        Work::Mode(mode) => {
            let unfused = programs.unfused.as_deref().filter(|_| mode.ours == Ours::Unfused);
            modes(&chosen, mode, row.unit, unfused)?
        }
    };
    let columns = chosen.iter().map(|program| program.column);
    Ok(columns.zip(samples).filter(|(_, sample)| !sample.is_empty()).collect())
}

/// Returns the order in one round: every second round is reversed, so that no program always follows the same
/// other one.
fn in_turn(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |index| if round.is_multiple_of(2) { index } else { count - 1 - index })
}

fn cold_starts(programs: &[&Program]) -> Result<Vec<Sample>> {
    let mut samples = vec![Sample::new(Unit::Time, Vec::new()); programs.len()];
    for round in 0..COLD_STARTS {
        for index in in_turn(programs.len(), round) {
            let temp_dir = TempDir::new()?;
            samples[index].extend([programs[index].first_result(temp_dir.path())?]);
        }
    }
    Ok(samples)
}

fn warm_starts(programs: &[&Program]) -> Result<Vec<Sample>> {
    let temp_dirs: Vec<TempDir> = programs.iter().map(|_| TempDir::new()).collect::<std::io::Result<_>>()?;
    let mut samples = vec![Sample::new(Unit::Time, Vec::new()); programs.len()];
    // The first round fills the stores.
    for round in 0..=WARM_STARTS {
        for index in in_turn(programs.len(), round) {
            let time = programs[index].first_result(temp_dirs[index].path())?;
            samples[index].extend((round > 0).then_some(time));
        }
    }
    Ok(samples)
}

fn modes(programs: &[&Program], mode: &Mode, unit: Unit, unfused: Option<&str>) -> Result<Vec<Sample>> {
    let temp_dirs: Vec<TempDir> = programs.iter().map(|_| TempDir::new()).collect::<std::io::Result<_>>()?;
    let mut samples = vec![Sample::new(unit, Vec::new()); programs.len()];
    let count = mode.count.to_string();
    let mut environment = mode.environment.to_vec();
    environment.extend(unfused.map(|path| ("PROBE_BUNDLE", path)));
    for round in 0..mode.processes {
        for index in in_turn(programs.len(), round) {
            let program = programs[index];
            let mut arguments = vec![mode.name, &count];
            arguments.extend(mode.setup);
            if let Some(code) = mode.code {
                let Some(code) = code.of(program.column) else { continue };
                arguments.push(code);
            }
            let setting = Setting { temp_dir: temp_dirs[index].path().to_owned(), environment: &environment };
            let Some(numbers) = program.numbers(&setting, &arguments)? else { continue };
            samples[index]
                .extend(numbers.into_iter().skip(mode.uncounted).map(|number| number / mode.pieces));
        }
    }
    Ok(samples)
}
