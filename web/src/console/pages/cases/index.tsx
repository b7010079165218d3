import { Nothing } from '../../ui/states'

export default function Page() {
  return <Nothing />
}
