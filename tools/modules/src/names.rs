//! The paths in a file, from its syntax tree.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, Meta, UseTree};

/// A path as it is written, with the module around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPath {
    /// Number of inline modules around it.
    pub(crate) inside: usize,
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Whether it is in a `pub use` of any visibility.
    pub(crate) handed_on: bool,
}

/// The modules and paths that a file names.
#[derive(Debug, Default)]
pub(crate) struct FileNames {
    /// Paths in imports, types, expressions, and the tokens of macro calls.
    pub(crate) used: Vec<NamedPath>,
    /// Names that imports bring into the file's module, and their meaning: `use a::B as C` gives `C`.
    pub(crate) imported: BTreeMap<String, Vec<String>>,
    /// Child modules that are files, outside of tests.
    pub(crate) children: Vec<String>,
}

impl FileNames {
    /// Reads a file. Skips comments, and code that is only for tests or fuzzing.
    pub(crate) fn read(text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut walk = Walk::default();
        walk.visit_file(&file);
        Ok(walk.names)
    }
}

#[derive(Default)]
struct Walk {
    names: FileNames,
    inside: usize,
    handing_on: bool,
}

impl Walk {
    fn take(&mut self, segments: Vec<String>, span: Span) {
        // A single name counts if it may be a type that this module also re-exports; a variable does not
        // count.
        let is_type = segments[0].starts_with(|first: char| first.is_ascii_uppercase());
        if segments.len() > 1 || is_type {
            let (inside, line, handed_on) = (self.inside, span.start().line, self.handing_on);
            self.names.used.push(NamedPath { inside, segments, line, handed_on });
        }
    }

    fn take_use(&mut self, tree: &UseTree, mut before: Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.take_use(&path.tree, before);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_use(tree, before.clone());
                }
            }
            UseTree::Glob(glob) => {
                before.push("*".to_owned());
                self.take(before, glob.star_token.span());
            }
            UseTree::Name(name) => self.take_name(before, &name.ident, &name.ident),
            UseTree::Rename(rename) => self.take_name(before, &rename.ident, &rename.rename),
        }
    }

    fn take_name(&mut self, mut path: Vec<String>, ident: &syn::Ident, name: &syn::Ident) {
        let name = if ident == "self" { path.last().cloned().unwrap_or_default() } else { name.to_string() };
        if ident != "self" {
            path.push(ident.to_string());
        }
        if self.inside == 0 {
            self.names.imported.insert(name, path.clone());
        }
        self.take(path, ident.span());
    }

    /// Takes paths from the tokens of a macro call, which the parser does not interpret.
    fn take_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.take_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.to_string()];
                    while let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(next)] =
                        tokens.get(at..at + 3).unwrap_or_default()
                        && (one.as_char(), two.as_char()) == (':', ':')
                    {
                        segments.push(next.to_string());
                        at += 3;
                    }
                    self.take(segments, first.span());
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_none() {
            self.names.children.push(module.ident.to_string());
            return;
        }
        self.inside += 1;
        visit::visit_item_mod(self, module);
        self.inside -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.handing_on = !matches!(item.vis, syn::Visibility::Inherited);
        self.take_use(&item.tree, Vec::new());
        self.handing_on = false;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.take(path.segments.iter().map(|one| one.ident.to_string()).collect(), path.span());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(in crate::a)` exports; it is not a use.
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {
        // Comments on items and arguments of derives.
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.take_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is `#[cfg(test)]`, `#[cfg(fuzzing)]` or a combination with `any` and `all`; `not(test)` is
/// code that counts.
fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let tokens = list.tokens.to_string();
    list.path.is_ident("cfg")
        && !tokens.contains("not")
        && tokens
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == "test" || word == "fuzzing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str) -> Vec<String> {
        FileNames::read(text).unwrap().used.iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(used("use crate::{a::{self, B}, c as d};"), ["crate::a", "crate::a::B", "crate::c"]);
        assert_eq!(used("fn f(x: &crate::a::B) -> u8 { super::c(x) }"), ["crate::a::B", "super::c"]);
        assert_eq!(used("fn f(x: B) { x }"), ["B"]);
        assert_eq!(used("fn f() { println!(\"{}\", g(crate::a::b(1))) }"), ["crate::a::b"]);
    }

    #[test]
    fn tests_comments_and_visibilities_do_not_count() {
        assert!(used("//! crate::a::B\n/// [`C`](crate::c::C)\nstruct D;").is_empty());
        assert!(used("#[cfg(test)]\nmod tests { use crate::a::B; }").is_empty());
        assert!(used("#[cfg(any(test, fuzzing))]\nfn f() { crate::a::b() }").is_empty());
        assert!(used("pub(in crate::a) struct B;").is_empty());
        assert_eq!(used("#[cfg(not(test))]\nuse crate::a::B;"), ["crate::a::B"]);
    }

    #[test]
    fn imports_are_kept_by_their_names() {
        let names = FileNames::read("pub use self::a::B as C; use d::{self, e};").unwrap();
        assert_eq!(names.imported["C"], ["self", "a", "B"]);
        assert_eq!(names.imported["d"], ["d"]);
        assert_eq!(names.imported["e"], ["d", "e"]);
    }
}
