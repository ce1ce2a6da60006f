import { placeOfMistake } from '../../../src/simulator/json-place.js'

describe('placeOfMistake', () => {
  it.each([
    { text: '{\n  "a": hello\n}', place: 'line 2, column 8:' },
    { text: '{"a": 1,\n "b": 2,\n}', place: 'line 3, column 1:' },
    { text: "{'a': 1}", place: 'line 1, column 2:' },
    { text: '{"a": 1} // why', place: 'line 1, column 10:' },
    { text: `{"a": "${'x'.repeat(5000)}",\n "b" "c"}`, place: 'line 2, column 6:' },
    { text: '{"a": [1, 2', place: 'at its end (line 1):' },
    { text: '{"a":\n "never closed', place: 'at its end (line 2):' },
    { text: '', place: 'at its end (line 1):' },
    { text: '{"a": tru}', place: 'line 1, column 10:' },
    { text: 'hello', place: 'line 1, column 1:' },
  ])('says $place of $text', ({ text, place }) => {
    expect(placeOfMistake(text)).toBe(place)
  })
})
