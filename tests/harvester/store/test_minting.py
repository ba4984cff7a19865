from harvester.store.minting import ALPHABET, mint_ids

NOW = 1_800_000_000.0


def test_ids_rise_and_have_26_characters_of_the_alphabet():
    ids = mint_ids(3000, NOW)
    assert ids == sorted(set(ids))
    assert {len(key) for key in ids} == {26}
    assert set("".join(ids)) <= set(ALPHABET)


def test_later_ids_sort_after_earlier_ones():
    assert mint_ids(1, NOW)[0] < mint_ids(1, NOW + 0.001)[0] < mint_ids(1, NOW + 1e9)[0]


def test_the_time_is_that_of_a_ulid():
    # 1,469,918,176,385 ms is "01ARYZ6S41" in the ULID specification (github.com/ulid/spec)
    assert mint_ids(1, 1_469_918_176.385)[0][:10].upper() == "01ARYZ6S41"


def test_two_draws_of_the_same_moment_differ():
    assert len({mint_ids(1, NOW)[0] for _ in range(1000)}) == 1000


def test_none_is_none():
    assert mint_ids(0, NOW) == []
