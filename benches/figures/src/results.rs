//! Results, kept between runs: the tables contain the last run of each part.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::Result;
use crate::ours::kept;
use crate::program::Column;
use crate::sample::Sample;

/// A measured row.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) cells: Vec<(Column, Sample)>,
}

/// The last run of a part.
pub(crate) struct Part {
    pub(crate) machine: String,
    /// Its start time, and the load of the machine.
    pub(crate) moment: String,
    /// Descriptions of the programs.
    pub(crate) programs: Vec<String>,
    pub(crate) rows: Vec<Measured>,
}

impl Part {
    pub(crate) fn save(&self, name: &str) -> Result<()> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<Value> = row
                    .cells
                    .iter()
                    .map(|(column, sample)| json!({ "column": column.name(), "sample": sample.to_json() }))
                    .collect();
                json!({ "name": row.name, "target": row.target, "cells": cells })
            })
            .collect();
        let part = json!({
            "machine": self.machine,
            "moment": self.moment,
            "programs": self.programs,
            "rows": rows,
        });
        let path = path(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, serde_json::to_vec(&part)?)?)
    }

    /// Loads a part; `None` if it has not been run.
    pub(crate) fn load(name: &str) -> Result<Option<Self>> {
        let Ok(bytes) = fs::read(path(name)) else { return Ok(None) };
        let value: Value = serde_json::from_slice(&bytes)?;
        let part = Self::from_json(&value);
        Ok(Some(part.ok_or_else(|| format!("{} is not a results file: remove it", path(name).display()))?))
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let cell = |cell: &Value| {
            let column = Column::ALL.into_iter().find(|column| cell["column"] == column.name())?;
            Some((column, Sample::from_json(&cell["sample"])?))
        };
        let row = |row: &Value| {
            let cells = row["cells"].as_array()?.iter().map(cell).collect::<Option<_>>()?;
            Some(Measured { name: text(&row["name"])?, target: text(&row["target"])?, cells })
        };
        Some(Self {
            machine: text(&value["machine"])?,
            moment: text(&value["moment"])?,
            programs: value["programs"].as_array()?.iter().map(text).collect::<Option<_>>()?,
            rows: value["rows"].as_array()?.iter().map(row).collect::<Option<_>>()?,
        })
    }
}

fn path(part: &str) -> PathBuf {
    kept().join(format!("{part}.json"))
}
