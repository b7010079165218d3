import { createBrowserRouter, type RouteObject } from 'react-router'

import { Home } from './Home'
import { Layout } from './Layout'
import { pages } from './pages'
import { Broken, Missing } from './ui/states'

const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <Broken />,
    children: [
      ...pages.map(({ path, view: View }) => ({ path, element: path === '/' ? <Home><View /></Home> : <View />, errorElement: <Broken /> })),
      { path: '*', element: <Missing /> },
    ],
  },
]

export const router = createBrowserRouter(routes)
