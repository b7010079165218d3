/** The words of the API's locale files that only the server says, on papers and in sheets: no browser loads them. */
export const ofTheServer = /^(paper|export|roster)\./
