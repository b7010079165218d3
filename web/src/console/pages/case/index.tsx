import { useParams } from 'react-router'

import { Missing, Shown } from '../../ui/states'
import { useCase, useOwed, type Case } from './data'
import { Glance } from './Glance'
import { Panels } from './panels'

/** A case: at one glance, what is due next, its tracks, and all that belongs to it. */
export default function Page() {
  const { id = '' } = useParams()
  const asked = useCase(id)
  return <Shown of={asked} rows={12}>{(of) => (of.id ? <View key={of.id} of={of} /> : <Missing />)}</Shown>
}

function View({ of }: { of: Case }) {
  const owed = useOwed(of)
  return (
    <>
      <Glance of={of} owed={owed} />
      <div className="case-grid">
        <div className="case-column" />
        <div className="case-column" />
      </div>
      <div className="case-column" style={{ marginTop: 12 }}>
        <Panels of={of} />
      </div>
    </>
  )
}
