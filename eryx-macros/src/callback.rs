//! `#[eryx::callback]`: adds a type of the same name to a function. The type describes the function, and
//! converts into an `eryx::Callback`.
//!
//! The type is written `lookup {}`, with braces, so that the name is only a type: a constant or unit struct
//! of that name would clash with every variable `lookup` in the module.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, GenericArgument, Ident, ItemFn, Lit, LitStr, Meta, Pat, Path,
    PathArguments, Result, ReturnType, Token, Type,
};

/// Most parameters of a callback: `eryx_rt::IntoCallback` has implementations for so many.
const MOST_PARAMETERS: usize = 8;

/// The attribute's options in parentheses.
#[derive(Default)]
struct Options {
    name: Option<LitStr>,
    facade: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.facade = Some(input.call(Path::parse_mod_style)?);
            } else {
                let key: Ident = input.parse()?;
                if key != "name" {
                    let message =
                        format!("`{key}` is not known here: the keys are `name = \"…\"` and `crate = path`");
                    return Err(Error::new(key.span(), message));
                }
                input.parse::<Token![=]>()?;
                options.name = Some(input.parse()?);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// A parameter of the function.
struct Parameter {
    name: Ident,
    ty: Type,
    description: String,
    optional: bool,
}

/// Expands the attribute.
pub(crate) fn expand(options: TokenStream, item: &TokenStream) -> TokenStream {
    let expanded = syn::parse2(options).and_then(|options| {
        let mut function: ItemFn = syn::parse2(item.clone())?;
        callback(&options, &mut function)
    });
    expanded.unwrap_or_else(|error| {
        // The function stays, so that the error does not cause further ones.
        let error = error.into_compile_error();
        quote! { #error #item }
    })
}

fn callback(options: &Options, function: &mut ItemFn) -> Result<TokenStream> {
    let facade = options.facade.clone().map_or_else(|| quote!(::eryx), |path| quote!(#path));
    let parameters = parameters(function)?;
    let name = function.sig.ident.clone();
    let documentation = documentation(&function.attrs);
    let visibility = &function.vis;
    let docs = function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let python = match &options.name {
        Some(name) => name.value(),
        None => name.to_string().trim_start_matches("r#").to_owned(),
    };

    let returned = match &function.sig.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => Type::clone(ty),
    };
    let answer = answer(&returned);
    let names: Vec<&Ident> = parameters.iter().map(|parameter| &parameter.name).collect();
    let types: Vec<&Type> = parameters.iter().map(|parameter| &parameter.ty).collect();
    let strings = names.iter().map(|name| name.to_string().trim_start_matches("r#").to_owned());
    let descriptions = parameters.iter().map(|parameter| &parameter.description);
    let optional = parameters.iter().map(|parameter| parameter.optional);

    // The parameters' own names will not do: one of them may be the name of the function.
    let arguments = (0..names.len()).map(|index| format_ident!("argument_{index}")).collect::<Vec<_>>();
    let waited = function.sig.asyncness.map(|_| quote!(.await));
    let call = quote!(#name(#(#arguments),*)#waited);
    // A return type other than `Result` may be any type that serde can serialise.
    let answered = if is_result(&returned) { call } else { quote!(#facade::Json(#call)) };

    Ok(quote! {
        // The function owns Python's arguments, even if it only reads them.
        #[allow(clippy::needless_pass_by_value, clippy::unused_async)]
        #function

        #(#docs)*
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name {}

        impl ::std::convert::From<#name> for #facade::Callback {
            fn from(_: #name) -> Self {
                #facade::__private::Signature {
                    name: #python,
                    description: #documentation,
                    parameters: ::std::vec![
                        #(#facade::__private::Parameter::new::<#types>(#strings, #descriptions, #optional)),*
                    ],
                    returns: #facade::schemars::SchemaGenerator::subschema_for::<#answer>,
                }
                .callback(|#(#arguments: #types),*| async move { #answered })
            }
        }
    })
}

/// Returns the function's parameters, and removes the attributes that only this macro understands.
fn parameters(function: &mut ItemFn) -> Result<Vec<Parameter>> {
    let signature = &mut function.sig;
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        return Err(Error::new_spanned(generics, "a callback cannot be generic: Python calls one function"));
    }
    if let Some(unsafety) = &signature.unsafety {
        return Err(Error::new_spanned(unsafety, "a callback cannot be unsafe: untrusted code calls it"));
    }
    if signature.inputs.len() > MOST_PARAMETERS {
        let message = format!("a callback has at most {MOST_PARAMETERS} parameters; a struct can hold more");
        return Err(Error::new_spanned(&signature.inputs[MOST_PARAMETERS], message));
    }
    let mut parameters = Vec::new();
    for input in &mut signature.inputs {
        let FnArg::Typed(input) = input else {
            return Err(Error::new_spanned(input, "a callback is a free function, not a method"));
        };
        let Pat::Ident(pattern) = &*input.pat else {
            return Err(Error::new_spanned(
                &input.pat,
                "a parameter of a callback needs a name, for Python's keywords",
            ));
        };
        if let Type::Reference(reference) = &*input.ty {
            let message = "arguments come from Python, so a callback owns them: use `String` instead of `&str`, for example";
            return Err(Error::new_spanned(reference, message));
        }
        let description = documentation(&input.attrs);
        input.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
        parameters.push(Parameter {
            name: pattern.ident.clone(),
            ty: Type::clone(&input.ty),
            description,
            optional: last(&input.ty).is_some_and(|segment| segment.ident == "Option"),
        });
    }
    Ok(parameters)
}

/// Returns the text of doc comments.
fn documentation(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value
        {
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

fn last(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last(&group.elem),
        Type::Paren(paren) => last(&paren.elem),
        _ => None,
    }
}

fn is_result(ty: &Type) -> bool {
    last(ty).is_some_and(|segment| segment.ident == "Result")
}

/// Returns the type of the returned value: `T` of a `Result<T, _>`.
fn answer(ty: &Type) -> Type {
    if is_result(ty)
        && let Some(segment) = last(ty)
        && let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(first)) = arguments.args.first()
    {
        return first.clone();
    }
    ty.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "given as it is written")]
    fn text(options: TokenStream, item: TokenStream) -> String {
        expand(options, &item).to_string()
    }

    #[test]
    fn names_docs_and_optional_parameters_are_found() {
        let text = text(
            quote!(name = "db.find"),
            quote! {
                /// Finds a row.
                ///
                /// By its number.
                pub async fn find(#[doc = " The number."] id: u64, limit: Option<u32>) -> std::io::Result<String> { todo!() }
            },
        );
        for part in [
            "pub struct find { }",
            "name : \"db.find\"",
            "description : \"Finds a row.\\n\\nBy its number.\"",
            "new :: < u64 > (\"id\" , \"The number.\" , false)",
            "(\"limit\" , \"\" , true)",
            "subschema_for :: < String >",
            "pub async fn find (id : u64 , limit : Option < u32 >)",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        syn::parse_str::<syn::File>(&text).unwrap();
    }

    #[test]
    fn mistakes_are_explained() {
        for (item, said) in [
            (
                quote!(
                    async fn f<T>(a: T) {}
                ),
                "cannot be generic",
            ),
            (
                quote!(
                    async fn f(&self) {}
                ),
                "not a method",
            ),
            (
                quote!(
                    async fn f((a, b): (u8, u8)) {}
                ),
                "needs a name",
            ),
            (
                quote!(
                    async fn f(a: &str) {}
                ),
                "use `String`",
            ),
            (
                quote!(
                    async fn f(a: u8, b: u8, c: u8, d: u8, e: u8, g: u8, h: u8, i: u8, j: u8) {}
                ),
                "at most 8",
            ),
            (
                quote!(
                    struct S;
                ),
                "expected",
            ),
        ] {
            let text = text(quote!(), item);
            assert!(text.contains("compile_error") && text.contains(said), "{said} is not in {text}");
        }
        assert!(
            text(
                quote!(nmae = "x"),
                quote!(
                    fn f() {}
                )
            )
            .contains("`nmae` is not known")
        );
    }

    #[test]
    fn what_is_no_result_is_wrapped() {
        assert!(
            text(
                quote!(),
                quote!(
                    fn now() -> f64 {
                        0.0
                    }
                )
            )
            .contains("Json (now ())")
        );
    }
}
