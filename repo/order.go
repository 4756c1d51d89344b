package repo

import "container/heap"

// order puts parents before children, and of those that may come next the
// oldest first; at the same second the one that stands later in nodes, which is
// the older one as git lists them. Each commit is in nodes once.
func order(nodes []node) []node {
	at := make(map[id]int, len(nodes))
	for i, n := range nodes {
		at[n.id] = i
	}
	waitsFor := make([]int, len(nodes))
	children := make([][]int, len(nodes))
	for i, n := range nodes {
		for _, p := range n.parents {
			if j, ok := at[p]; ok {
				waitsFor[i]++
				children[j] = append(children[j], i)
			}
		}
	}
	ready := &readyNodes{nodes: nodes}
	for i := range nodes {
		if waitsFor[i] == 0 {
			ready.at = append(ready.at, i)
		}
	}
	heap.Init(ready)
	ordered := make([]node, 0, len(nodes))
	for len(ready.at) > 0 {
		i := heap.Pop(ready).(int)
		ordered = append(ordered, nodes[i])
		for _, child := range children[i] {
			if waitsFor[child]--; waitsFor[child] == 0 {
				heap.Push(ready, child)
			}
		}
	}
	return ordered
}

// readyNodes is a heap of commits whose parents are all placed.
type readyNodes struct {
	nodes []node
	at    []int
}

func (r *readyNodes) Len() int { return len(r.at) }

func (r *readyNodes) Less(i, j int) bool {
	a, b := r.at[i], r.at[j]
	if r.nodes[a].when != r.nodes[b].when {
		return r.nodes[a].when < r.nodes[b].when
	}
	return a > b
}

func (r *readyNodes) Swap(i, j int) { r.at[i], r.at[j] = r.at[j], r.at[i] }
func (r *readyNodes) Push(x any)    { r.at = append(r.at, x.(int)) }

func (r *readyNodes) Pop() any {
	last := len(r.at) - 1
	x := r.at[last]
	r.at = r.at[:last]
	return x
}
