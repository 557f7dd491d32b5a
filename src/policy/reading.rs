//! Reads one TOML text so that whatever is wrong in it is named: line, key, table, what was expected, the nearest
//! name. It opens no file and knows no key; the types that serde fills decide what may stand there.

use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use toml::de::{DeTable, DeValue};

use crate::policy::problem::Problem;
use crate::policy::wrong::Wrong;

/// A piece of a TOML text that remembers where it stood.
#[derive(Clone, Debug)]
pub struct Node {
    at: Range<usize>,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// The value of an environment variable: text that becomes what the key asks for.
    Variable(String),
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    at: Range<usize>,
    node: Node,
}

/// The name of a source as people know it, and its text: enough to say where something stands.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    /// `embargod.toml line 12`; the name alone for a variable, which has no lines.
    pub fn line(&self, offset: usize) -> String {
        if self.text.is_empty() {
            return self.name.to_owned();
        }
        let before = self.text.as_bytes().iter().take(offset);
        format!("{} line {}", self.name, before.filter(|b| **b == b'\n').count() + 1)
    }
}

/// Reads the text of one file.
pub fn parse(source: Source<'_>) -> Result<Node, Problem> {
    match DeTable::parse(source.text) {
        Ok(table) => {
            let at = table.span();
            Ok(Node { at, value: table_of(table.into_inner()) })
        }
        Err(error) => Err(Problem::new(
            format!(
                "{}: this is not TOML: {}",
                source.line(error.span().map_or(source.text.len(), |span| span.start)),
                error.message()
            ),
            "Correct this line; https://toml.io shows how such a file is written.",
        )),
    }
}

/// What one environment variable sets: `path` names the key, outermost table first.
pub fn variable(path: &[&str], value: &str) -> Node {
    let innermost = Node { at: 0..0, value: Value::Variable(value.to_owned()) };
    path.iter().rev().fold(innermost, |node, name| {
        let entry = Entry { name: (*name).to_owned(), at: 0..0, node };
        Node { at: 0..0, value: Value::Table(vec![entry]) }
    })
}

/// The typed value of a whole text.
pub fn typed<'de, T: Deserialize<'de>>(node: &Node, source: Source<'_>) -> Result<T, Problem> {
    T::deserialize(node).map_err(|wrong| wrong.problem(source))
}

impl Node {
    /// Every key with its place in the text: `smtp`, `smtp.port`, `imap[0].name`.
    pub fn places(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        self.walk("", &mut found);
        found
    }

    fn walk(&self, path: &str, found: &mut Vec<(String, usize)>) {
        match &self.value {
            Value::Table(entries) => {
                for entry in entries {
                    let below = if path.is_empty() { entry.name.clone() } else { format!("{path}.{}", entry.name) };
                    found.push((below.clone(), entry.at.start));
                    entry.node.walk(&below, found);
                }
            }
            Value::List(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    let below = format!("{path}[{index}]");
                    found.push((below.clone(), node.at.start));
                    node.walk(&below, found);
                }
            }
            _ => {}
        }
    }

    /// Every text in it with `from` replaced: how a profile speaks of the domain it is used for.
    pub fn replace(&mut self, from: &str, to: &str) {
        match &mut self.value {
            Value::Text(text) if text.contains(from) => *text = text.replace(from, to),
            Value::List(nodes) => nodes.iter_mut().for_each(|node| node.replace(from, to)),
            Value::Table(entries) => entries.iter_mut().for_each(|entry| entry.node.replace(from, to)),
            _ => {}
        }
    }
}

fn table_of(table: DeTable<'_>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(name, value)| {
            let (at, name) = (name.span(), name.into_inner().into_owned());
            Entry { name, at, node: node_of(value) }
        })
        .collect();
    // In the order of the file: the first mistake a reader meets is the one that is told.
    entries.sort_by_key(|entry| entry.at.start);
    Value::Table(entries)
}

fn node_of(value: toml::Spanned<DeValue<'_>>) -> Node {
    let at = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Text(number.as_str().to_owned()),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => Value::Text(number.as_str().to_owned()),
        },
        DeValue::Boolean(yes) => Value::Boolean(yes),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => Value::List(items.into_iter().map(node_of).collect()),
        DeValue::Table(table) => table_of(table),
    };
    Node { at, value }
}

/// Forwards to serde what a node is; a variable becomes what the type asks for.
macro_rules! from_variable {
    ($($method:ident $visit:ident $type:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match &self.value {
                Value::Variable(text) => match text.trim().parse::<$type>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => visitor.visit_str(text),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &Node {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.value {
            Value::Text(text) | Value::Variable(text) => visitor.visit_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(yes) => visitor.visit_bool(*yes),
            Value::List(nodes) => visitor.visit_seq(Items { nodes: nodes.iter() }),
            Value::Table(entries) => visitor.visit_map(Entries { entries: entries.iter(), next: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.value {
            Value::Text(text) | Value::Variable(text) => visitor.visit_enum(name(text)),
            _ => Err(Wrong::none_of(self.found(), known)),
        }
    }

    /// serde would take a list for a table, its items for the keys in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.value {
            Value::List(nodes) if nodes.iter().all(|node| matches!(node.value, Value::Table(_))) => {
                Err(Wrong::in_double_brackets())
            }
            Value::List(_) => Err(serde::de::Error::invalid_type(self.found(), &visitor)),
            _ => self.deserialize_any(visitor).map_err(|wrong| wrong.among(known)),
        }
    }

    /// A list in a variable has commas between its items.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.value {
            Value::Variable(text) => {
                let nodes: Vec<Node> =
                    list_items(text).map(|item| Node { at: 0..0, value: Value::Variable(item.to_owned()) }).collect();
                visitor.visit_seq(Items { nodes: nodes.iter() })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    from_variable!(deserialize_bool visit_bool bool, deserialize_u16 visit_u16 u16);

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// The items of a list that was given in a variable.
pub fn list_items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

impl Node {
    fn found(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Text(text) | Value::Variable(text) => Unexpected::Str(text),
            Value::Integer(number) => Unexpected::Signed(*number),
            Value::Float(number) => Unexpected::Float(*number),
            Value::Boolean(yes) => Unexpected::Bool(*yes),
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        }
    }
}

fn name(text: &str) -> StrDeserializer<'_, Wrong> {
    text.into_deserializer()
}

struct Items<'a> {
    nodes: std::slice::Iter<'a, Node>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some(node) = self.nodes.next() else { return Ok(None) };
        seed.deserialize(node).map(Some).map_err(|wrong| wrong.at(&node.at))
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    next: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        self.next = self.entries.next();
        let Some(entry) = self.next else { return Ok(None) };
        seed.deserialize(name(&entry.name)).map(Some).map_err(|wrong| wrong.at(&entry.at))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Wrong> {
        let Some(entry) = self.next else { return Err(serde::de::Error::custom("a key without a value")) };
        seed.deserialize(&entry.node).map_err(|wrong| wrong.below(&entry.name).at(&entry.at))
    }
}
