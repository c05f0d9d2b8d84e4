//! Tensors as the KServe v2 protocol transports them: named, row-major, little-endian.

use super::ModelOutputError;

/// A named array of numbers or strings.
///
/// ```
/// use robotoff_core::model::{Tensor, TensorValues};
///
/// let names = Tensor::new("product_name", [1, 1], TensorValues::Bytes(vec![b"jam".to_vec()]));
/// assert_eq!(names.to_raw(), b"\x03\0\0\0jam");
/// let read = Tensor::from_raw("product_name", "BYTES", vec![1, 1], &names.to_raw())?;
/// assert_eq!(read, names);
/// # Ok::<(), robotoff_core::model::ModelOutputError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    pub values: TensorValues,
}

/// Values of a tensor, the last axis first.
#[derive(Debug, Clone, PartialEq)]
pub enum TensorValues {
    F32(Vec<f32>),
    I64(Vec<i64>),
    /// Strings of any bytes.
    Bytes(Vec<Vec<u8>>),
}

impl TensorValues {
    /// Name of the type in the protocol.
    pub const fn datatype(&self) -> &'static str {
        match self {
            Self::F32(_) => "FP32",
            Self::I64(_) => "INT64",
            Self::Bytes(_) => "BYTES",
        }
    }

    /// Number of values.
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// True without values.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Tensor {
    /// A tensor with a name.
    pub fn new(name: &str, shape: impl Into<Vec<usize>>, values: TensorValues) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape.into(),
            values,
        }
    }

    /// The values as bytes: numbers little-endian, each string behind its length as `u32`.
    pub fn to_raw(&self) -> Vec<u8> {
        match &self.values {
            TensorValues::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            TensorValues::I64(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            TensorValues::Bytes(values) => values.iter().fold(Vec::new(), |mut raw, value| {
                let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                raw.extend(length.to_le_bytes());
                raw.extend(value);
                raw
            }),
        }
    }

    /// Reads the values of a tensor from bytes.
    ///
    /// # Errors
    /// The type is none of `FP32`, `INT64` and `BYTES`, or the bytes do not fill the shape.
    pub fn from_raw(
        name: &str,
        datatype: &str,
        shape: Vec<usize>,
        raw: &[u8],
    ) -> Result<Self, ModelOutputError> {
        let values = match datatype {
            "FP32" => numbers(raw, f32::from_le_bytes).map(TensorValues::F32),
            "INT64" => numbers(raw, i64::from_le_bytes).map(TensorValues::I64),
            "BYTES" => strings(raw).map(TensorValues::Bytes),
            _ => {
                return Err(ModelOutputError::Datatype {
                    tensor: name.to_owned(),
                    found: "values of an unknown type",
                    expected: "FP32, INT64 or BYTES",
                });
            }
        };
        match values {
            Some(values) if Some(values.len()) == length(&shape) => Ok(Self {
                name: name.to_owned(),
                shape,
                values,
            }),
            _ => Err(ModelOutputError::Length {
                tensor: name.to_owned(),
                shape,
                found: raw.len(),
            }),
        }
    }

    /// Finite numbers of the tensor, as many as its shape has.
    ///
    /// # Errors
    /// It holds something else, or fewer, or infinities or what is no number.
    pub fn finite(&self) -> Result<&[f32], ModelOutputError> {
        let TensorValues::F32(values) = &self.values else {
            return Err(self.wrong_datatype("FP32"));
        };
        if Some(values.len()) != length(&self.shape) {
            return Err(ModelOutputError::Length {
                tensor: self.name.clone(),
                shape: self.shape.clone(),
                found: values.len() * size_of::<f32>(),
            });
        }
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(ModelOutputError::NotFinite(self.name.clone()))
    }

    /// Strings of the tensor.
    ///
    /// # Errors
    /// It holds something else, or a string that is not UTF-8.
    pub fn texts(&self) -> Result<Vec<&str>, ModelOutputError> {
        let TensorValues::Bytes(values) = &self.values else {
            return Err(self.wrong_datatype("BYTES"));
        };
        let texts = values.iter().map(|value| std::str::from_utf8(value));
        let texts: Result<_, _> = texts.collect();
        texts.map_err(|_| ModelOutputError::NotText(self.name.clone()))
    }

    /// Error of a shape other than the expected one.
    pub(super) fn wrong_shape(&self, expected: impl Into<String>) -> ModelOutputError {
        ModelOutputError::Shape {
            tensor: self.name.clone(),
            found: self.shape.clone(),
            expected: expected.into(),
        }
    }

    fn wrong_datatype(&self, expected: &'static str) -> ModelOutputError {
        ModelOutputError::Datatype {
            tensor: self.name.clone(),
            found: self.values.datatype(),
            expected,
        }
    }
}

/// Number of values of a shape; `None` when no memory could hold them.
fn length(shape: &[usize]) -> Option<usize> {
    let mut axes = shape.iter();
    axes.try_fold(1usize, |product, axis| product.checked_mul(*axis))
}

/// Numbers of a fixed width; `None` when bytes are left over.
fn numbers<T, const WIDTH: usize>(raw: &[u8], read: fn([u8; WIDTH]) -> T) -> Option<Vec<T>> {
    let (numbers, rest) = raw.as_chunks::<WIDTH>();
    rest.is_empty()
        .then(|| numbers.iter().map(|bytes| read(*bytes)).collect())
}

/// Strings behind their lengths; `None` when one is cut.
fn strings(mut raw: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = raw.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let string;
        (string, raw) = rest.split_at_checked(length)?;
        strings.push(string.to_vec());
    }
    raw.is_empty().then_some(strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_written() {
        for (shape, values) in [
            (vec![2, 1], TensorValues::F32(vec![0.5, -1.0])),
            (vec![3], TensorValues::I64(vec![i64::MIN, 0, 49406])),
            (vec![2], TensorValues::Bytes(vec![Vec::new(), "é".into()])),
            (vec![0, 512], TensorValues::F32(Vec::new())),
        ] {
            let tensor = Tensor::new("x", shape.clone(), values);
            let datatype = tensor.values.datatype();
            let read = Tensor::from_raw("x", datatype, shape, &tensor.to_raw());
            assert_eq!(read, Ok(tensor));
        }
    }

    #[test]
    fn bytes_that_do_not_fill_the_shape_are_an_error() {
        for (datatype, shape, raw) in [
            ("FP32", vec![1], &b"\0\0\0"[..]),
            ("FP32", vec![2], b"\0\0\0\0"),
            ("INT64", vec![1], b"\0\0\0\0"),
            ("BYTES", vec![1], b"\x05\0\0\0abc"),
            ("BYTES", vec![1], b"\x01\0\0\0a\0"),
            ("BYTES", vec![1], b""),
            ("FP32", vec![usize::MAX, 2], b""),
            ("FP16", vec![1], b"\0\0"),
        ] {
            assert!(
                Tensor::from_raw("x", datatype, shape, raw).is_err(),
                "{datatype} {raw:?}"
            );
        }
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for odd in [f32::NAN, f32::INFINITY] {
            let tensor = Tensor::new("scores", [1], TensorValues::F32(vec![odd]));
            assert_eq!(
                tensor.finite(),
                Err(ModelOutputError::NotFinite("scores".to_owned()))
            );
        }
        let text = Tensor::new("names", [1], TensorValues::Bytes(vec![vec![0xFF]]));
        assert!(text.texts().is_err() && text.finite().is_err());
    }
}
