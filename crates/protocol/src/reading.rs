//! Reads a record as it is written: its kind stands before what belongs to the kind, so that each field is read into its place at
//! once. What serde derives for such an enum keeps all fields aside until it has seen the kind, and for a flattened one twice.

use crate::ids::OpId;
use crate::legacy::{self, LegacyFact};
use crate::record::{FactFields, Record};
use serde::Deserialize;
use serde::de::value::{CowStrDeserializer, EnumAccessDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Record, A::Error> {
        let mut head = Head::default();
        let mut fields = Fields { map, head: &mut head, early: VecDeque::new(), value: None };
        let kind = fields.kind()?;
        let is_legacy = legacy::is_legacy(&kind);
        let fields = EnumAccessDeserializer::new(Kind { kind, fields });
        let mut fact = if is_legacy {
            LegacyFact::deserialize(fields)?.into()
        } else {
            FactFields::deserialize(fields)?
        };
        legacy::complete(&mut fact);
        Ok(Record {
            at_ms: head.at_ms.ok_or_else(|| Error::missing_field("at_ms"))?,
            op: head.op.unwrap_or_default(),
            fact,
        })
    }
}

/// Fields that every record has.
#[derive(Default)]
struct Head {
    at_ms: Option<u64>,
    op: Option<OpId>,
}

/// The fields of a kind, wherever what every record has stands among them.
struct Fields<'a, A> {
    map: A,
    head: &'a mut Head,
    /// Those before the kind, in a file that was not written by the app.
    early: VecDeque<(String, Value)>,
    /// The value of the early one whose name was read.
    value: Option<Value>,
}

impl<'de, A: MapAccess<'de>> Fields<'_, A> {
    /// Reads up to the kind.
    fn kind(&mut self) -> Result<Cow<'de, str>, A::Error> {
        while let Some(name) = self.name()? {
            if name == "type" {
                return Ok(self.map.next_value::<Text<'de>>()?.0);
            }
            let value = self.map.next_value()?;
            self.early.push_back((name.into_owned(), value));
        }
        Err(Error::missing_field("type"))
    }

    /// The next name that belongs to the kind.
    fn name(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        while let Some(Text(name)) = self.map.next_key()? {
            match &*name {
                "at_ms" => self.head.at_ms = Some(self.map.next_value()?),
                "op" => self.head.op = Some(self.map.next_value()?),
                _ => return Ok(Some(name)),
            }
        }
        Ok(None)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let name = match self.early.pop_front() {
            Some((name, value)) => {
                self.value = Some(value);
                Some(Cow::Owned(name))
            }
            None => self.name()?,
        };
        name.map(|name| seed.deserialize(CowStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(Error::custom),
            None => self.map.next_value_seed(seed),
        }
    }
}

/// A kind and its fields, as serde asks for an enum.
struct Kind<'a, 'de, A> {
    kind: Cow<'de, str>,
    fields: Fields<'a, A>,
}

impl<'a, 'de, A: MapAccess<'de>> EnumAccess<'de> for Kind<'a, 'de, A> {
    type Error = A::Error;
    type Variant = Fields<'a, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Fields<'a, A>), A::Error> {
        Ok((seed.deserialize(CowStrDeserializer::new(self.kind))?, self.fields))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Fields<'_, A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        while self.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        seed.deserialize(MapAccessDeserializer::new(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        Err(Error::invalid_type(Unexpected::Map, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }
}

/// Text that is not copied where it stands in the input as it is.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<'de>(PhantomData<&'de str>);

        impl<'de> Visitor<'de> for TextVisitor<'de> {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::{HunkSelection, ReviewDecision};
    use crate::ids::{CallId, HunkId, TaskId};
    use crate::item::Item;
    use crate::record::Fact;
    use crate::undo::CheckpointWhen;

    fn records() -> Vec<Record> {
        let call_id = CallId("c1".to_owned());
        let hunks = HunkSelection { accepted: vec![HunkId::new(0, 1)], ..HunkSelection::default() };
        let decision = ReviewDecision::Approved;
        [
            Fact::TaskStarted { task_id: TaskId(3) },
            Fact::ModelItem {
                item: Item::FunctionCall {
                    call_id: call_id.clone(),
                    name: "shell".to_owned(),
                    arguments: r#"{"command":["ls"],"type":"at_ms"}"#.to_owned(),
                },
            },
            Fact::SamplingEnded { usage: None, cut: None },
            Fact::Decided {
                call_id,
                decision,
                hunks: Some(hunks),
                note: Some("a \"note\"\n".to_owned()),
                comments: Vec::new(),
                viewed: None,
                unattended: false,
                check: None,
            },
            Fact::Checkpointed {
                when: CheckpointWhen::BeforeTask { task_id: TaskId(3) },
                checkpoint: Some("k".to_owned()),
                note: None,
                attributed: true,
            },
        ]
        .into_iter()
        .map(|fact| Record { at_ms: 1_750_000_000_000, op: OpId("7".to_owned()), fact })
        .collect()
    }

    fn read(text: &str) -> Result<Record, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The fields of a record, as text.
    fn fields(record: &Record) -> Vec<String> {
        let Ok(Value::Object(fields)) = serde_json::to_value(record) else { panic!("a record is an object") };
        fields.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for record in records() {
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(read(&text), Ok(record), "{text}");
        }
    }

    #[test]
    fn the_order_of_fields_means_nothing() {
        for record in records() {
            let mut fields = fields(&record);
            fields.push(r#""unknown":{"type":"x","at_ms":[]}"#.to_owned());
            for _ in 0..fields.len() {
                fields.rotate_left(1);
                let text = format!("{{{}}}", fields.join(","));
                assert_eq!(read(&text), Ok(record.clone()), "{text}");
            }
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let error = |text| read(text).unwrap_err();
        assert!(error(r#"{"at_ms":1,"op":"2"}"#).contains("missing field `type`"));
        assert!(error(r#"{"type":"task_started","task_id":1}"#).contains("missing field `at_ms`"));
        assert!(error(r#"{"at_ms":1,"type":"task_started"}"#).contains("missing field `task_id`"));
        assert!(error(r#"{"at_ms":1,"type":"of_tomorrow"}"#).contains("unknown variant `of_tomorrow`"));
        assert!(error(r#"{"task_id":[],"at_ms":1,"type":"task_started"}"#).contains("expected"));
        assert!(error("[]").contains("a record"));
    }
}
