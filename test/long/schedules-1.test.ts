import { randomSchedules } from './random-schedules.js'

randomSchedules(0)
