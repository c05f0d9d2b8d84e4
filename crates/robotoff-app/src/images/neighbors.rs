//! Nearest neighbours of logos (`docs/reference/api.md` 2.31).

use anyhow::Result;
use robotoff_core::image::LogoId;
use robotoff_core::product::ServerType;
use robotoff_ports::parts::Neighbor;

use super::Images;

impl Images {
    /// True for a logo that has an embedding.
    pub async fn has_embedding(&self, id: LogoId) -> Result<bool> {
        Ok(self.store.logo_embedding(id).await?.is_some())
    }

    /// Logo of the project with an embedding, as drawn by a number from 0 to 1.
    pub async fn random_embedded_logo(
        &self,
        server_type: ServerType,
        draw: f64,
    ) -> Result<Option<LogoId>> {
        Ok(self.store.random_embedded_logo(server_type, draw).await?)
    }

    /// Neighbours of a logo, closest first, without itself and without logos of deleted
    /// images: clients read each of them. `None` without an index; empty without an embedding.
    pub async fn neighbors(
        &self,
        id: LogoId,
        server_type: ServerType,
        count: u64,
    ) -> Result<Option<Vec<Neighbor>>> {
        let Some(index) = &self.index else {
            return Ok(None);
        };
        let Some(embedding) = self.store.logo_embedding(id).await? else {
            return Ok(Some(Vec::new()));
        };
        let found = index
            .nearest(&unit(&embedding), server_type, count + 1)
            .await?;
        let ids: Vec<LogoId> = found.iter().map(|neighbor| neighbor.logo).collect();
        let shown = self.store.logos_by_id(&ids).await?;
        let is_shown = |neighbor: &Neighbor| shown.iter().any(|logo| logo.id == neighbor.logo);
        let others = found
            .into_iter()
            .filter(|neighbor| neighbor.logo != id && is_shown(neighbor));
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Some(others.take(limit).collect()))
    }
}

/// Stored little-endian numbers as an embedding of length 1.
fn unit(bytes: &[u8]) -> Vec<f32> {
    let numbers = bytes.chunks_exact(4);
    let numbers = numbers.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let numbers: Vec<f32> = numbers.collect();
    let length = numbers
        .iter()
        .map(|number| number * number)
        .sum::<f32>()
        .sqrt();
    if length <= 0.0 {
        return numbers;
    }
    numbers.iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embedding_has_length_one() {
        let bytes: Vec<u8> = [3.0_f32, 4.0]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        assert_eq!(unit(&bytes), [0.6, 0.8]);
        assert_eq!(unit(&[0; 8]), [0.0, 0.0]);
        assert_eq!(unit(&[1, 2]), [] as [f32; 0]);
    }
}
