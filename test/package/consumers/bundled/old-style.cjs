// An application in CommonJS.
const { cis2Auth } = require('express-cis2')

try {
  cis2Auth({})
} catch (error) {
  console.log(error.code)
}
