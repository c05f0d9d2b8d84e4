//! The effect of an edit on the document of a product, in both forms of its images
//! and its nutrition.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// From this schema on nutrients are in input sets.
const INPUT_SETS: i64 = 1003;
/// From this schema on images are `uploaded` and `selected`.
const GROUPED_IMAGES: i64 = 1002;

type Changed = BTreeMap<String, String>;

/// Applies what a form asks for; an error says why it cannot be.
pub(super) fn apply(path: &str, changed: &Changed, product: &mut Value) -> Result<(), String> {
    let field = |name: &str| changed.get(name).map(String::as_str).unwrap_or_default();
    match path {
        "/cgi/product_image_crop.pl" => select(changed, product)?,
        "/cgi/product_image_unselect.pl" => unselect(field("id"), product),
        "/cgi/product_image_move.pl" => delete(field("imgids"), product)?,
        _ if changed.contains_key("nutrition_data_per") => nutrients(changed, product),
        _ if changed
            .iter()
            .all(|(name, value)| has(name, value, product)) =>
        {
            return Err("not modified".to_owned());
        }
        _ => changed
            .iter()
            .for_each(|(name, value)| set(name, value, product)),
    }
    let rev = product["rev"].as_i64().unwrap_or(0) + 1;
    product["rev"] = rev.into();
    Ok(())
}

fn set(name: &str, value: &str, product: &mut Value) {
    if let Some(list) = name.strip_prefix("add_") {
        let is_open = matches!(list, "brands" | "stores");
        let tag = if is_open {
            slug(value)
        } else {
            value.to_owned()
        };
        add_tag(&mut product[&format!("{list}_tags")], &tag);
        let text = product[list].as_str().filter(|text| !text.is_empty());
        let text = text.map_or_else(|| value.to_owned(), |text| format!("{text},{value}"));
        product[list] = text.into();
        return;
    }
    product[name] = value.into();
    if name == "emb_codes" {
        let tags: Vec<String> = value.split(',').map(slug).collect();
        product["emb_codes_tags"] = tags.into();
    }
    let main = product["lang"]
        .as_str()
        .map(|lc| format!("ingredients_text_{lc}"));
    if main.as_deref() == Some(name) {
        product["ingredients_text"] = value.into();
    }
}

/// True when the product has the value: Product Opener saves no edit then, and says so with
/// the status of a refusal.
fn has(name: &str, value: &str, product: &Value) -> bool {
    let Some(list) = name.strip_prefix("add_") else {
        return product[name] == value;
    };
    let tags = product[&format!("{list}_tags")].as_array();
    tags.is_some_and(|tags| tags.iter().any(|tag| tag == value || *tag == slug(value)))
}

fn add_tag(tags: &mut Value, tag: &str) {
    if !tags.is_array() {
        *tags = json!([]);
    }
    let Value::Array(tags) = tags else {
        return;
    };
    if tags.iter().all(|known| known != tag) {
        tags.push(tag.into());
    }
}

fn slug(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn schema(product: &Value) -> i64 {
    product["schema_version"].as_i64().unwrap_or(999)
}

fn nutrients(changed: &Changed, product: &mut Value) {
    let per = changed["nutrition_data_per"].clone();
    let sent = changed.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("nutriment_")?;
        let unit = changed.get(&format!("nutriment_{name}_unit"))?;
        Some((name, value, unit))
    });
    if let Some(size) = changed.get("serving_size") {
        product["serving_size"] = size.as_str().into();
    }
    if schema(product) < INPUT_SETS {
        product["nutrition_data_per"] = per.as_str().into();
        for (name, value, unit) in sent {
            let amount = amount(value);
            for member in [
                name.to_owned(),
                format!("{name}_value"),
                format!("{name}_{per}"),
            ] {
                product["nutriments"][member] = amount.clone();
            }
            product["nutriments"][format!("{name}_unit")] = unit.as_str().into();
        }
        return;
    }
    let set = packaging_set(product, &per);
    for (name, value, unit) in sent {
        set["nutrients"][name] =
            json!({"value": amount(value), "value_string": value, "unit": unit});
    }
}

/// The nutrients that are read from the packaging of the product as it is sold.
fn packaging_set<'p>(product: &'p mut Value, per: &str) -> &'p mut Value {
    let sets = &mut product["nutrition"]["input_sets"];
    if !sets.is_array() {
        *sets = json!([]);
    }
    let Value::Array(sets) = sets else {
        unreachable!("it has just been made an array");
    };
    let is_it = |set: &Value| {
        set["per"] == per && set["source"] == "packaging" && set["preparation"] == "as_sold"
    };
    let place = sets.iter().position(is_it).unwrap_or_else(|| {
        sets.push(json!({
            "preparation": "as_sold", "per": per, "source": "packaging", "nutrients": {},
        }));
        sets.len() - 1
    });
    &mut sets[place]
}

fn amount(value: &str) -> Value {
    value
        .parse::<f64>()
        .map_or_else(|_| value.into(), Value::from)
}

fn is_grouped(product: &Value) -> bool {
    let images = &product["images"];
    ["uploaded", "selected"]
        .into_iter()
        .any(|group| images.get(group).is_some())
        || schema(product) >= GROUPED_IMAGES
}

fn select(changed: &Changed, product: &mut Value) -> Result<(), String> {
    let number = &changed["imgid"];
    let grouped = is_grouped(product);
    let images = &mut product["images"];
    let uploaded = if grouped {
        &images["uploaded"]
    } else {
        &*images
    };
    let Some(image) = uploaded.get(number) else {
        return Err("image not selected - imgid not in uploaded images".to_owned());
    };
    let mut generation = Map::new();
    for name in ["angle", "x1", "y1", "x2", "y2", "coordinates_image_size"] {
        if let Some(value) = changed.get(name) {
            generation.insert(name.to_owned(), value.as_str().into());
        }
    }
    let mut selected = json!({"imgid": number, "rev": "100", "sizes": image["sizes"]});
    let key = changed["id"].clone();
    let (side, lc) = key.split_once('_').ok_or("id names no side and language")?;
    if grouped {
        selected["generation"] = generation.into();
        images["selected"][side][lc] = selected;
    } else {
        let members = selected.as_object_mut().into_iter();
        members.for_each(|members| members.extend(generation.clone()));
        images[&key] = selected;
    }
    Ok(())
}

fn unselect(key: &str, product: &mut Value) {
    let grouped = is_grouped(product);
    let images = &mut product["images"];
    let (group, name) = match key.split_once('_') {
        Some((side, lc)) if grouped => (&mut images["selected"][side], lc),
        _ => (images, key),
    };
    if let Some(group) = group.as_object_mut() {
        group.shift_remove(name);
    }
}

fn delete(number: &str, product: &mut Value) -> Result<(), String> {
    let grouped = is_grouped(product);
    let images = &mut product["images"];
    let group = if grouped {
        &mut images["uploaded"]
    } else {
        images
    };
    let removed = group
        .as_object_mut()
        .and_then(|group| group.shift_remove(number));
    removed
        .map(|_| ())
        .ok_or_else(|| format!("there is no image {number}"))
}

/// The one element of a body of version 3: properties with an `id`, the shape
/// among them.
pub(super) fn packaging(product: &Value) -> Option<Value> {
    let members = product.as_object().filter(|members| members.len() == 1)?;
    let [element] = &members.get("packagings_add")?.as_array()?[..] else {
        return None;
    };
    let properties = element.as_object()?;
    let is_property = |(name, value): (&String, &Value)| {
        if name == "number_of_units" {
            return value.as_u64().is_some_and(|count| count > 0);
        }
        let id = value["id"].as_str().unwrap_or_default();
        ["shape", "material", "recycling"].contains(&&**name) && !id.is_empty()
    };
    let is_whole = properties.contains_key("shape") && properties.iter().all(is_property);
    is_whole.then(|| element.clone())
}

pub(super) fn add_packaging(product: &mut Value, element: Value) {
    match &mut product["packagings"] {
        Value::Array(elements) => elements.push(element),
        other => *other = json!([element]),
    }
}
