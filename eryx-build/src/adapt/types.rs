//! The types of a module, and further types that translated code needs.

use wasm_encoder::reencode::{Error, Reencode as _, RoundtripReencoder};
use wasm_encoder::{BlockType, ValType};
use wasmparser::FuncType;

/// Function types by index, followed by types that the translation adds.
#[derive(Debug, Default)]
pub(super) struct FunctionTypes {
    known: Vec<FunctionType>,
    /// Number of types that the module itself has.
    own: usize,
    /// The type of each tag.
    tags: Vec<u32>,
}

type FunctionType = (Vec<ValType>, Vec<ValType>);

impl FunctionTypes {
    /// Adds a type of the module.
    pub(super) fn push(&mut self, ty: &FuncType) -> Result<(), Error> {
        let convert = |types: &[wasmparser::ValType]| {
            types.iter().map(|ty| RoundtripReencoder.val_type(*ty)).collect::<Result<Vec<_>, _>>()
        };
        self.known.push((convert(ty.params())?, convert(ty.results())?));
        self.own = self.known.len();
        Ok(())
    }

    /// Adds a tag of the module.
    pub(super) fn push_tag(&mut self, ty: u32) {
        self.tags.push(ty);
    }

    /// Returns the types that were added to those of the module.
    pub(super) fn added(&self) -> &[FunctionType] {
        &self.known[self.own..]
    }

    /// Returns the number of parameters of a function type.
    pub(super) fn param_count(&self, ty: u32) -> Result<u32, Error> {
        Ok(self.get(ty)?.0.len() as u32)
    }

    /// Returns the parameters of a block.
    pub(super) fn params(&self, ty: wasmparser::BlockType) -> Result<Vec<ValType>, Error> {
        match ty {
            wasmparser::BlockType::FuncType(ty) => Ok(self.get(ty)?.0.clone()),
            wasmparser::BlockType::Empty | wasmparser::BlockType::Type(_) => Ok(Vec::new()),
        }
    }

    /// Returns the payload types of an exception with this tag.
    pub(super) fn tag(&self, tag: u32) -> Result<Vec<ValType>, Error> {
        let ty = *self.tags.get(tag as usize).ok_or(Error::InvalidConstExpr)?;
        Ok(self.get(ty)?.0.clone())
    }

    /// Returns the type of a block, adding it if it is new.
    pub(super) fn block(&mut self, params: &[ValType], results: &[ValType]) -> BlockType {
        if let Some(short) = short_block(params, results) {
            return short;
        }
        let found = self.known.iter().position(|(one, other)| one == params && other == results);
        let index = found.unwrap_or_else(|| {
            self.known.push((params.to_vec(), results.to_vec()));
            self.known.len() - 1
        });
        BlockType::FunctionType(index as u32)
    }

    fn get(&self, ty: u32) -> Result<&FunctionType, Error> {
        self.known.get(ty as usize).ok_or(Error::InvalidConstExpr)
    }
}

/// Returns the `BlockType` of a block without parameters and with at most one result, which needs no entry among the
/// types.
pub(super) fn short_block(params: &[ValType], results: &[ValType]) -> Option<BlockType> {
    match (params, results) {
        ([], []) => Some(BlockType::Empty),
        ([], [one]) => Some(BlockType::Result(*one)),
        _ => None,
    }
}
