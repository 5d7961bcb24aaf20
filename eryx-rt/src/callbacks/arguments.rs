//! Binds the arguments of a Python call to the parameters of a Rust function.

use serde::Deserializer;
use serde::de::value::Error as ArgumentError;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde_json::{Map, Value};

use super::error::CallbackError;
use super::schema;
use crate::budget::{Budget, Charge};
use crate::json;

/// The arguments of one call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    positional: Vec<Value>,
    named: Map<String, Value>,
}

/// Ways to take arguments.
#[derive(Debug, Clone)]
pub(super) enum Parameters {
    /// Each by position or by name.
    #[cfg_attr(not(feature = "schema"), expect(dead_code, reason = "only the attribute knows names"))]
    Named(Vec<String>),
    /// By position, because the names are unknown.
    Positional(usize),
    /// One parameter, by position; keywords become an object.
    One,
    /// One object. Keywords are its fields, and positional arguments fill the named fields in this order.
    Fields(Vec<String>),
}

/// Values of a function's parameters, in the function's order.
pub struct ParameterValues {
    values: std::vec::IntoIter<Option<Value>>,
    names: Vec<String>,
    function: String,
    taken: usize,
}

impl Arguments {
    /// Parses the guest's JSON: an object of keywords, or a list of positional arguments with that object at
    /// its end.
    ///
    /// The values count towards the budget until the charge is dropped; the text counts during parsing.
    pub(super) async fn read(json: String, budget: &Budget) -> Result<(Self, Charge), CallbackError> {
        let _text = budget.charge(json.len()).map_err(CallbackError::refused)?;
        match json::read(&json, budget).await {
            Ok((value, charge)) => Ok((Self::of(value)?, charge)),
            Err(json::JsonError::Malformed(why)) => Err(malformed(&why)),
            Err(json::JsonError::TooLarge(reached)) => Err(CallbackError::refused(reached)),
        }
    }

    fn of(value: Value) -> Result<Self, CallbackError> {
        match value {
            Value::Object(named) => Ok(Self { positional: Vec::new(), named }),
            Value::Array(mut positional) => match positional.pop() {
                Some(Value::Object(named)) => Ok(Self { positional, named }),
                _ => Err(malformed(&"a list without keywords")),
            },
            _ => Err(malformed(&"neither a list nor an object")),
        }
    }

    /// Returns the values of the parameters.
    pub(super) fn bind(
        self,
        function: &str,
        parameters: &Parameters,
        schema: Option<&Value>,
    ) -> Result<ParameterValues, CallbackError> {
        let Self { mut positional, mut named } = self;
        let (values, names) = match parameters {
            Parameters::Named(names) => {
                too_many(function, positional.len(), names.len())?;
                let mut values: Vec<Option<Value>> = positional.into_iter().map(Some).collect();
                for (index, name) in names.iter().enumerate() {
                    match named.remove(name) {
                        Some(_) if index < values.len() => return Err(twice(function, name)),
                        value if index >= values.len() => values.push(value),
                        _ => {}
                    }
                }
                unexpected(function, &named)?;
                (values, names.clone())
            }
            Parameters::Positional(count) => {
                too_many(function, positional.len(), *count)?;
                if !named.is_empty() {
                    return Err(CallbackError::type_error(format_args!(
                        "{function}() takes no keyword arguments: the host gave its parameters no names"
                    )));
                }
                let mut values: Vec<Option<Value>> = positional.into_iter().map(Some).collect();
                values.resize(*count, None);
                (values, Vec::new())
            }
            Parameters::One if positional.is_empty() => (vec![Some(Value::Object(named))], Vec::new()),
            Parameters::One => {
                too_many(function, positional.len(), 1)?;
                unexpected(function, &named)?;
                (vec![positional.pop()], Vec::new())
            }
            Parameters::Fields(order) => {
                let fields = match positional.as_mut_slice() {
                    // The argument is the object itself.
                    [Value::Object(whole)] if named.is_empty() => std::mem::take(whole),
                    _ => {
                        too_many(function, positional.len(), order.len())?;
                        for (name, value) in order.iter().zip(positional) {
                            if named.insert(name.clone(), value).is_some() {
                                return Err(twice(function, name));
                            }
                        }
                        named
                    }
                };
                let fields = Value::Object(fields);
                if let Some(schema) = schema {
                    schema::check(schema, &fields).map_err(|problem| {
                        CallbackError::type_error(format_args!("{function}(): {problem}"))
                    })?;
                }
                (vec![Some(fields)], Vec::new())
            }
        };
        Ok(ParameterValues { values: values.into_iter(), names, function: function.to_owned(), taken: 0 })
    }
}

fn malformed(why: &dyn std::fmt::Display) -> CallbackError {
    CallbackError::type_error(format_args!("the arguments are not JSON: {why}"))
}

fn too_many(function: &str, given: usize, most: usize) -> Result<(), CallbackError> {
    if given <= most {
        return Ok(());
    }
    let s = if most == 1 { "" } else { "s" };
    Err(CallbackError::type_error(format_args!(
        "{function}() takes {most} positional argument{s} but {given} were given"
    )))
}

fn twice(function: &str, name: &str) -> CallbackError {
    CallbackError::type_error(format_args!("{function}() got multiple values for argument '{name}'"))
}

fn unexpected(function: &str, named: &Map<String, Value>) -> Result<(), CallbackError> {
    match named.keys().next() {
        None => Ok(()),
        Some(name) => Err(CallbackError::type_error(format_args!(
            "{function}() got an unexpected keyword argument '{name}'"
        ))),
    }
}

impl ParameterValues {
    /// Takes the next parameter's value and converts it to a Rust type.
    pub(super) fn take<T: DeserializeOwned>(&mut self) -> Result<T, CallbackError> {
        let name = match self.names.get(self.taken) {
            Some(name) => format!("'{name}'"),
            None => (self.taken + 1).to_string(),
        };
        self.taken += 1;
        let function = &self.function;
        match self.values.next().flatten() {
            Some(value) => T::deserialize(value).map_err(|error| {
                CallbackError::type_error(format_args!("{function}() argument {name}: {error}"))
            }),
            None => T::deserialize(MissingArgument).map_err(|_| {
                CallbackError::type_error(format_args!("{function}() missing a required argument: {name}"))
            }),
        }
    }
}

/// A missing argument: `None` for an `Option`, an error for every other type.
struct MissingArgument;

impl<'de> Deserializer<'de> for MissingArgument {
    type Error = ArgumentError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ArgumentError> {
        Err(ArgumentError::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ArgumentError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(json: &str, parameters: &Parameters) -> Result<Vec<Option<Value>>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = runtime.block_on(Arguments::read(json.to_owned(), &Budget::default()));
        read.and_then(|(arguments, _)| arguments.bind("f", parameters, None))
            .map(|values| values.values.collect())
            .map_err(|error| error.to_string())
    }

    fn named() -> Parameters {
        Parameters::Named(vec!["a".into(), "b".into()])
    }

    #[test]
    fn arguments_are_taken_as_python_does() {
        let one_two = Ok(vec![Some(1.into()), Some(2.into())]);
        for json in ["[1, 2, {}]", "[1, {\"b\": 2}]", "{\"b\": 2, \"a\": 1}"] {
            assert_eq!(bound(json, &named()), one_two, "{json}");
        }
        assert_eq!(bound("{\"b\": 2}", &named()), Ok(vec![None, Some(2.into())]));
        let wrong = |json: &str| bound(json, &named()).unwrap_err();
        assert_eq!(wrong("[1, 2, 3, {}]"), "TypeError: f() takes 2 positional arguments but 3 were given");
        assert_eq!(wrong("[1, {\"a\": 1}]"), "TypeError: f() got multiple values for argument 'a'");
        assert_eq!(wrong("{\"c\": 1}"), "TypeError: f() got an unexpected keyword argument 'c'");
        assert!(wrong("[1]").starts_with("TypeError: the arguments are not JSON"));
        assert!(wrong("x").starts_with("TypeError: the arguments are not JSON"));
    }

    #[test]
    fn without_names_they_go_by_position() {
        let two = Parameters::Positional(2);
        assert_eq!(bound("[1, {}]", &two), Ok(vec![Some(1.into()), None]));
        assert!(bound("{\"a\": 1}", &two).unwrap_err().contains("no keyword arguments"));
    }

    #[test]
    fn keywords_are_the_fields_of_one_argument() {
        let fields = serde_json::json!({"a": 1, "b": 2});
        assert_eq!(bound("[5, {}]", &Parameters::One), Ok(vec![Some(5.into())]));
        assert_eq!(bound("{\"a\": 1, \"b\": 2}", &Parameters::One), Ok(vec![Some(fields.clone())]));
        let order = Parameters::Fields(vec!["b".into()]);
        for json in ["[2, {\"a\": 1}]", "{\"a\": 1, \"b\": 2}", "[{\"a\": 1, \"b\": 2}, {}]"] {
            assert_eq!(bound(json, &order), Ok(vec![Some(fields.clone())]), "{json}");
        }
        assert!(bound("[1, 2, {}]", &order).is_err());
    }

    #[test]
    fn only_options_may_be_missing() {
        let mut values = Arguments::default().bind("f", &named(), None).unwrap();
        assert_eq!(values.take::<Option<u8>>(), Ok(None));
        assert_eq!(values.take::<u8>().unwrap_err().message(), "f() missing a required argument: 'b'");
    }
}
