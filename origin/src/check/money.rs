//! Amounts of money, with their currency.

use super::number;

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Money {
    pub(super) currency: Currency,
    /// In hundredths of the currency, for the yen too.
    pub(super) hundredths: u64,
}

/// Currencies that answers are seen to speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Currency {
    Usd,
    Jpy,
    Eur,
    Gbp,
    Other,
}

/// How an amount is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    side: Side,
    /// With decimals even where there are none to speak of.
    decimals: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// `$9`
    Before,
    /// `9 dollars`
    Word,
    /// `9 USD`
    Code,
    /// `9ドル`
    Japanese,
}

impl Currency {
    /// The currency of an ISO 4217 code.
    pub(super) fn of_code(code: &str) -> Self {
        match code {
            "USD" => Self::Usd,
            "JPY" => Self::Jpy,
            "EUR" => Self::Eur,
            "GBP" => Self::Gbp,
            _ => Self::Other,
        }
    }

    fn of_sign(sign: &str) -> Self {
        match sign.to_lowercase().as_str() {
            "$" | "us$" | "usd" | "dollar" | "dollars" | "bucks" | "ドル" | "cent" | "cents" | "セント" => {
                Self::Usd
            }
            "¥" | "yen" | "jpy" | "円" => Self::Jpy,
            "€" | "euro" | "euros" | "eur" | "ユーロ" => Self::Eur,
            "£" | "gbp" | "ポンド" => Self::Gbp,
            _ => Self::Other,
        }
    }

    const fn signs(self) -> Option<[&'static str; 4]> {
        match self {
            Self::Usd => Some(["$", " dollars", " USD", "ドル"]),
            Self::Jpy => Some(["¥", " yen", " JPY", "円"]),
            Self::Eur => Some(["€", " euros", " EUR", "ユーロ"]),
            Self::Gbp => Some(["£", " GBP", " GBP", "ポンド"]),
            Self::Other => None,
        }
    }
}

impl Money {
    pub(super) const fn new(currency: Currency, hundredths: u64) -> Self {
        Self { currency, hundredths }
    }

    /// An amount with its sign before or after it.
    pub(super) fn read(amount: &str, sign: &str, sign_first: bool) -> Option<(Self, Style)> {
        let hundredths = match amount.split_once('万') {
            Some((ten_thousands, rest)) => {
                let rest = if rest.is_empty() { Some(0) } else { number::digits(rest) };
                number::digits(ten_thousands)?.checked_mul(10_000)?.checked_add(rest?)?
            }
            None => number::read(amount)?.0,
        };
        let is_cents = matches!(sign.to_lowercase().as_str(), "cent" | "cents" | "セント");
        let side = match sign {
            _ if sign_first => Side::Before,
            _ if !sign.is_ascii() => Side::Japanese,
            _ if sign.chars().all(char::is_uppercase) => Side::Code,
            _ => Side::Word,
        };
        let hundredths = if is_cents { hundredths / 100 } else { hundredths };
        let style = Style { side, decimals: amount.contains('.') };
        Some((Self::new(Currency::of_sign(sign), hundredths), style))
    }

    /// The amount in this style; none when its currency has no signs here.
    pub(super) fn write(self, style: &Style) -> Option<String> {
        let [before, word, code, japanese] = self.currency.signs()?;
        let (whole, rest) = (self.hundredths / 100, self.hundredths % 100);
        let amount =
            if rest == 0 && !style.decimals { whole.to_string() } else { format!("{whole}.{rest:02}") };
        Some(match style.side {
            Side::Before => format!("{before}{amount}"),
            Side::Word => format!("{amount}{word}"),
            Side::Code => format!("{amount}{code}"),
            Side::Japanese => format!("{amount}{japanese}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_as_amounts() {
        for (amount, sign, first, expected) in [
            ("1,299.00", "$", true, Money::new(Currency::Usd, 129_900)),
            ("11.99", "ドル", false, Money::new(Currency::Usd, 1_199)),
            ("11.99", "dollars", false, Money::new(Currency::Usd, 1_199)),
            ("99", "cents", false, Money::new(Currency::Usd, 99)),
            ("1万2000", "円", false, Money::new(Currency::Jpy, 1_200_000)),
            ("twelve", "dollars", false, Money::new(Currency::Usd, 1_200)),
        ] {
            assert_eq!(Money::read(amount, sign, first).unwrap().0, expected, "{amount} {sign}");
        }
    }

    #[test]
    fn an_amount_is_written_the_way_another_was() {
        let price = Money::new(Currency::Usd, 899);
        for (amount, sign, first, expected) in [
            ("9.99", "$", true, "$8.99"),
            ("9.99", "ドル", false, "8.99ドル"),
            ("1,200", "円", false, "8.99ドル"),
            ("1,200", "¥", true, "$8.99"),
            ("nine", "dollars", false, "8.99 dollars"),
            ("9", "USD", false, "8.99 USD"),
        ] {
            let (_, style) = Money::read(amount, sign, first).unwrap();
            assert_eq!(price.write(&style).as_deref(), Some(expected), "{amount} {sign}");
        }
    }
}
