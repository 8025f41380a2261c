//! Money as whole millionths. An amount is read from its decimal digits and is never a fraction in binary.

use toml::Value;

/// Millionths of one unit of a currency.
pub(super) const MICROS: u64 = 1_000_000;
/// Largest amount, in units of its currency: so large that it is a mistake.
const UNITS_MAX: u64 = 100_000_000;

/// Reads an amount, in millionths: a number or a text like `"0.035"`.
pub(super) fn micros(value: &Value) -> Result<u64, String> {
    let text = match value {
        Value::Integer(units) => units.to_string(),
        // The shortest digits that stand for this number are those that were written.
        Value::Float(units) => units.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err("it has to be an amount like 0.035".to_owned()),
    };
    if text.starts_with('-') {
        return Err(format!("{text} is negative"));
    }
    let (units, part) = text.split_once('.').unwrap_or((&text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(units) || !is_number(part) {
        return Err(format!("{text} is no amount like 0.035"));
    }
    if part.len() > 6 {
        return Err(format!("{text} has more than six decimals"));
    }
    let units: u64 = units.parse().unwrap_or(u64::MAX);
    if units > UNITS_MAX {
        return Err(format!("{text} is more than {UNITS_MAX}"));
    }
    let part: u64 = format!("{part:0<6}").parse().map_err(|_| format!("{text} is no amount"))?;
    Ok(units * MICROS + part)
}

/// Writes an amount as it is read: at least two decimals, at most six.
pub(super) fn written(micros: u64) -> String {
    let part = format!("{:06}", micros % MICROS);
    let (cents, rest) = part.split_at(2);
    format!("{}.{cents}{}", micros / MICROS, rest.trim_end_matches('0'))
}

/// Whether the text is the form of an ISO 4217 code.
pub(super) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_to_the_last_digit() {
        for (written, expected) in [
            (Value::Integer(3), 3_000_000),
            (Value::Float(0.1), 100_000),
            (Value::Float(0.035), 35_000),
            (Value::Float(18.75), 18_750_000),
            (Value::String("0.000001".into()), 1),
            (Value::Integer(0), 0),
        ] {
            assert_eq!(micros(&written), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in [
            Value::Integer(-1),
            Value::Float(-0.5),
            Value::Float(f64::NAN),
            Value::Float(f64::INFINITY),
            Value::Float(1e300),
            Value::Float(1e-7),
            Value::Integer(i64::MAX),
            Value::String("1,50".into()),
            Value::String("1.".into()),
            Value::String(String::new()),
            Value::Boolean(true),
        ] {
            assert!(micros(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_amount_is_written_with_the_decimals_that_it_needs() {
        assert_eq!(written(3_000_000), "3.00");
        assert_eq!(written(35_000), "0.035");
        assert_eq!(written(1), "0.000001");
    }
}
