//! Things by number, where a number is never used for two things: the number of one that is gone finds nothing.

/// Bits of a number that are its place; the rest count how often the place was used.
const PLACE_BITS: u32 = 20;
const PLACES: usize = 1 << PLACE_BITS;

/// The table.
pub(crate) struct Slots<T> {
    places: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// Puts in what `make` makes of its number; `None` if there are 1,048,576 already.
    pub(crate) fn insert(&mut self, make: impl FnOnce(u32) -> T) -> Option<u32> {
        self.try_insert(|id| Some(make(id)))
    }

    /// Puts in what `make` makes, if anything, as [`Slots::insert`] does.
    pub(crate) fn try_insert(&mut self, make: impl FnOnce(u32) -> Option<T>) -> Option<u32> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.places.len() < PLACES => {
                // Counting from 1 keeps 0 free, which JavaScript uses for "none".
                self.places.push((1, None));
                self.places.len() as u32 - 1
            }
            None => return None,
        };
        let (uses, slot) = &mut self.places[place as usize];
        let id = *uses << PLACE_BITS | place;
        *slot = make(id);
        if slot.is_none() {
            self.free.push(place);
            return None;
        }
        Some(id)
    }

    /// Returns the item with this number.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        let (uses, slot) = self.places.get_mut(id as usize % PLACES)?;
        if *uses == id >> PLACE_BITS { slot.as_mut() } else { None }
    }

    /// Takes out what has this number.
    pub(crate) fn remove(&mut self, id: u32) -> Option<T> {
        let removed = self.get_mut(id).is_some().then(|| self.places[id as usize % PLACES].1.take())?;
        let (uses, _) = &mut self.places[id as usize % PLACES];
        *uses = if *uses == u32::MAX >> PLACE_BITS { 1 } else { *uses + 1 };
        self.free.push((id as usize % PLACES) as u32);
        removed
    }

    /// Takes all items out.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        self.free.clear();
        self.places.drain(..).filter_map(|(_, slot)| slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_used_again_soon() {
        let mut slots = Slots::default();
        let first = slots.insert(|id| id).unwrap();
        assert_eq!(slots.get_mut(first), Some(&mut first.clone()));
        assert_eq!(slots.remove(first), Some(first));
        assert_eq!(slots.remove(first), None);
        let second = slots.insert(|id| id).unwrap();
        assert_ne!(first, second);
        assert_eq!(slots.get_mut(first), None);
        assert_ne!(first, 0);
        assert_eq!(slots.get_mut(0), None);
    }
}
