import { direction, mix, scale, times, type Vec3 } from './vec.ts';

/** Lighting of a place in linear colours; 1 is about a white wall in the shade. */
export interface Light {
  /** Unit vector towards the sun. */
  readonly sun: Vec3;
  readonly sunColour: Vec3;
  readonly zenith: Vec3;
  readonly horizon: Vec3;
  /** Light reflected by the ground. */
  readonly bounce: Vec3;
  /** Cloud cover, 0..1. */
  readonly clouds: number;
  /** Share of light lost per metre of air. */
  readonly haze: number;
  /** Brightness of the lamps; 0 is off. */
  readonly lamps: number;
  /** Stops added by a light meter, relative to a usual day. */
  readonly meterEv: number;
}

/** A lamp, or a window acting as a lamp. */
export interface Lamp {
  readonly at: Vec3;
  readonly colour: Vec3;
}

export interface DayOptions {
  readonly azimuthDeg: number;
  readonly elevationDeg: number;
  readonly clouds?: number;
  readonly haze?: number;
  readonly lamps?: number;
  /** Colour of the reflecting ground. */
  readonly ground?: Vec3;
}

const noonSun: Vec3 = [3.0, 2.75, 2.4];
const lowSun: Vec3 = [3.1, 1.75, 0.85];
const noonZenith: Vec3 = [0.16, 0.33, 0.72];
const lowZenith: Vec3 = [0.16, 0.3, 0.65];
const noonHorizon: Vec3 = [0.62, 0.76, 0.95];
const lowHorizon: Vec3 = [0.9, 0.74, 0.6];
const cloudGrey: Vec3 = [0.62, 0.66, 0.72];

/** Daylight by elevation of the sun and cloud cover. */
export function daylight(options: DayOptions): Light {
  const { clouds = 0.3, haze = 0.002, lamps = 0, ground = [0.3, 0.28, 0.25] } = options;
  const high = Math.min(1, Math.max(0, (options.elevationDeg - 4) / 32));
  const veil = Math.max(0, (clouds - 0.55) / 0.45);
  const sunColour = scale(mix(lowSun, noonSun, high), 1 - 0.93 * veil);
  const horizon = mix(mix(lowHorizon, noonHorizon, high), scale(cloudGrey, 1.25), veil);
  return {
    sun: direction(options.azimuthDeg, options.elevationDeg),
    sunColour,
    zenith: mix(mix(lowZenith, noonZenith, high), cloudGrey, veil),
    horizon,
    bounce: times(scale(ground, 0.75), mix(sunColour, horizon, 0.45)),
    clouds,
    haze,
    lamps,
    meterEv: 0.5 * (1 - high) + 0.25 * veil,
  };
}

/** A night in town: a faint moon, a sky that glows a little, lamps on. */
export function night(azimuthDeg: number, lamps = 1): Light {
  return {
    sun: direction(azimuthDeg, 48),
    sunColour: [0.1, 0.13, 0.2],
    zenith: [0.02, 0.034, 0.085],
    horizon: [0.11, 0.1, 0.13],
    bounce: [0.03, 0.026, 0.024],
    clouds: 0.35,
    haze: 0.006,
    lamps,
    meterEv: 0,
  };
}
