// The parts of a report beside its rows. Each has a folder with its result's type, its jobs, its view and
// `section.schema.json`, which report-2.schema.json refers to: to add one, name it here, there, and in views.ts.

/** By section, what its folder's type says; left out where it was not run. */
export type Sections = Readonly<Record<never, never>>;
