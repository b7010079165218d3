import type { operations } from '../../api/schema'

// Codes that lists are filtered by, as the API names them.
type Query = NonNullable<operations['list-cases']['parameters']['query']>
export type Kind = NonNullable<Query['kind']>
export type Phase = NonNullable<Query['phase']>
export type Colour = NonNullable<Query['risk']>
