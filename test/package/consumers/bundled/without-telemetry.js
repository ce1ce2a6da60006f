// An application that has no OpenTelemetry: its bundle must be made all the same, and start.
import { cis2Auth } from 'express-cis2'

try {
  cis2Auth({})
} catch (error) {
  console.log(error.code)
}
