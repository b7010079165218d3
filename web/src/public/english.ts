export { default as form } from '../locales/en/filing.json'
export { default as page } from '../locales/en/public.json'
