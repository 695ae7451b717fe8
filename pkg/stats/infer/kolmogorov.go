package infer

import "math"

// KolmogorovSF is the upper tail of Kolmogorov's limiting distribution, that of
// √n times the largest distance between a distribution function and its estimate
// from n observations, for large n:
//
//	2 Σ_{i≥1} (−1)^{i−1} exp(−2i²x²)
//
// 1 for x ≤ 0, NaN for NaN.
//
// Reference: Kolmogorov (1933); Smirnov (1948), Annals of Mathematical
// Statistics 19.
func KolmogorovSF(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return math.NaN()
	case x <= 0.18: // 1 to double precision
		return 1
	case x < 1:
		// The dual series converges fast for small x.
		t := -math.Pi * math.Pi / (8 * x * x)
		var sum float64
		for _, odd := range [...]float64{1, 3, 5, 7} {
			sum += math.Exp(odd * odd * t)
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	}
	first := math.Exp(-2 * x * x)
	third := first * first * first
	fifth := third * first * first
	// Exponents 1, 4, 9, 16 of the first term.
	return 2 * (first - first*third + first*third*fifth - first*third*fifth*fifth*first*first)
}

// KolmogorovQuantile is the x with KolmogorovSF(x) = 1 − p. NaN for p outside
// (0, 1).
func KolmogorovQuantile(p float64) float64 {
	if !(p > 0 && p < 1) {
		return math.NaN()
	}
	if tail := 1 - p; tail <= 0.5 {
		// tail/2 = e − e⁴ + e⁹ − … with e = exp(−2x²): a contraction for small e.
		e := tail / 2
		for range 100 {
			e2, e4 := e*e, e*e*e*e
			next := tail/2 + e4 - e4*e4*e + e4*e4*e4*e2*e2
			if math.Abs(next-e) <= 1e-16*e {
				break
			}
			e = next
		}
		return math.Sqrt(-math.Log(e) / 2)
	}
	low, high := 0.0, 10.0
	for range 60 {
		middle := (low + high) / 2
		if KolmogorovSF(middle) > 1-p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// KolmogorovFiniteSF is the upper tail of Kolmogorov's distribution for n
// observations: the chance that a continuous distribution function and its
// estimate from n observations differ by d or more. For two samples of sizes a
// and b, n is a·b/(a+b), rounded. 1 for d ≤ 0, 0 for d ≥ 1, NaN for NaN or n < 1.
//
// It is exact for d near 0 and near 1 and, by Durbin's matrix, for n up to 140;
// beyond, the expansion of Pelz and Good (to 3·10⁻⁶ at n = 141, and better
// beyond). In the tail it is twice
// the one-sided tail, exact up to the chance that both sides are exceeded.
//
// Reference: Simard and L'Ecuyer (2011), Journal of Statistical Software 39.
func KolmogorovFiniteSF(d, n float64) float64 {
	n = math.Round(n)
	nd := n * d
	switch {
	case math.IsNaN(d) || !(n >= 1) || math.IsInf(n, 0):
		return math.NaN()
	case d >= 1:
		return 0
	case nd <= 0.5:
		return 1
	case nd <= 1: // n!·(2d − 1/n)ⁿ
		logGamma, _ := math.Lgamma(n + 1)
		return -math.Expm1(logGamma + n*math.Log(2*d-1/n))
	case nd >= n-1:
		return 2 * math.Pow(1-d, n)
	case nd*d >= 2.2 || d >= 0.5:
		return math.Min(1, 2*SmirnovSF(d, n))
	case n <= 140:
		return 1 - durbinMatrixCDF(d, int(n))
	}
	return math.Min(1, math.Max(0, 1-pelzGoodCDF(d, n)))
}

// SmirnovSF is the one-sided tail: the chance that the estimate from n
// observations exceeds a continuous distribution function by d or more somewhere.
//
//	d Σ_j C(n, j) (d + j/n)^{j−1} (1 − d − j/n)^{n−j},   j ≤ n(1−d)
//
// For large n the tail's sum is taken as an integral, whose integrand is smooth.
// n is rounded.
//
// Reference: Birnbaum and Tingey (1951), Annals of Mathematical Statistics 22.
func SmirnovSF(d, n float64) float64 {
	n = math.Round(n)
	switch {
	case math.IsNaN(d) || !(n >= 1) || math.IsInf(n, 0):
		return math.NaN()
	case d <= 0:
		return 1
	case d >= 1:
		return 0
	}
	const direct = 200
	if n <= direct || n*d*d < 1 {
		sum := math.Pow(1-d, n)
		for j := 1.0; j <= n*(1-d); j++ {
			sum += smirnovTerm(d, j, n)
		}
		return math.Min(1, sum)
	}
	// With j/n = ½(1 − d)(1 + tanh t) the integrand falls doubly fast at both
	// ends, so the trapezoidal rule converges geometrically. It peaks near the
	// middle, with a width that goes with 1/(√n·d).
	width := math.Min(0.25, 1/(3*math.Sqrt(n)*d))
	var sum float64
	for i := 0.0; ; i++ {
		terms := 0.0
		for _, t := range [...]float64{i * width, -i * width} {
			half := (1 - d) / 2
			j := n * half * (1 + math.Tanh(t))
			derivative := n * half / square(math.Cosh(t))
			terms += smirnovTerm(d, j, n) * derivative
			if i == 0 {
				break
			}
		}
		sum += terms
		if terms <= 1e-16*sum {
			break
		}
	}
	return math.Min(1, sum*width)
}

// smirnovTerm is one term of the one-sided tail for a real 0 < j < n(1−d): a
// binomial density in Loader's form.
func smirnovTerm(d, j, n float64) float64 {
	p := d + j/n
	if !(j > 0 && p < 1) {
		return 0
	}
	exponent := stirlingError(n) - stirlingError(j) - stirlingError(n-j) - deviance(j, n*p) - deviance(n-j, n*(1-p))
	return d / p * math.Exp(exponent) * math.Sqrt(n/(2*math.Pi*j*(n-j)))
}

func square(x float64) float64 { return x * x }

// durbinMatrixCDF is the exact P(D < d) by the power of a matrix.
//
// Reference: Marsaglia, Tsang and Wang (2003), Journal of Statistical Software 8.
func durbinMatrixCDF(d float64, n int) float64 {
	k := int(float64(n)*d) + 1
	size := 2*k - 1
	h := float64(k) - float64(n)*d
	matrix := make([]float64, size*size)
	for i := range size {
		for j := range size {
			if i-j+1 >= 0 {
				matrix[i*size+j] = 1
			}
		}
	}
	for i := range size {
		matrix[i*size] -= math.Pow(h, float64(i+1))
		matrix[(size-1)*size+i] -= math.Pow(h, float64(size-i))
	}
	if 2*h > 1 {
		matrix[(size-1)*size] += math.Pow(2*h-1, float64(size))
	}
	for i := range size {
		for j := range size {
			for g := 2; g <= i-j+1; g++ {
				matrix[i*size+j] /= float64(g)
			}
		}
	}
	power, exponent := matrixPower(matrix, size, n)
	result := power[(k-1)*size+k-1]
	for i := 1; i <= n; i++ {
		result *= float64(i) / float64(n)
		if result < 1e-140 {
			result *= 1e140
			exponent -= 140
		}
	}
	return result * math.Pow(10, float64(exponent))
}

// matrixPower raises a square matrix to a power; the result is scaled by ten to
// the returned exponent, lest it overflow.
func matrixPower(matrix []float64, size, power int) (result []float64, exponent int) {
	if power == 1 {
		return matrix, 0
	}
	result, exponent = matrixPower(matrix, size, power/2)
	result = multiply(result, result, size)
	exponent *= 2
	if power%2 == 1 {
		result = multiply(result, matrix, size)
	}
	if middle := size / 2; result[middle*size+middle] > 1e140 {
		for i := range result {
			result[i] *= 1e-140
		}
		exponent += 140
	}
	return result, exponent
}

func multiply(a, b []float64, size int) []float64 {
	product := make([]float64, size*size)
	for i := range size {
		row := product[i*size : (i+1)*size]
		for k := range size {
			factor := a[i*size+k]
			for j, value := range b[k*size : (k+1)*size] {
				row[j] += factor * value
			}
		}
	}
	return product
}

// pelzGoodCDF is the expansion of P(D < d) in powers of 1/√n up to n^(−3/2).
//
// Reference: Pelz and Good (1976), JRSS B 38.
func pelzGoodCDF(d, n float64) float64 {
	z := d * math.Sqrt(n)
	z2 := z * z
	z4, z6 := z2*z2, z2*z2*z2
	pi2 := math.Pi * math.Pi
	pi4, pi6 := pi2*pi2, pi2*pi2*pi2

	var k0, k1, k2, k3 float64
	const terms = 20
	for k := range terms { // half-odd multiples
		m := float64(k) + 0.5
		m2 := m * m
		e := math.Exp(-m2 * pi2 / (2 * z2))
		k0 += e
		k1 += (pi2*m2 - z2) * e
		k2 += (6*z6 + 2*z4 + pi2*(2*z4-5*z2)*m2 + pi4*(1-2*z2)*m2*m2) * e
		k3 += (-30*z6 - 90*z6*z2 + pi2*(135*z4-96*z6)*m2 + pi4*(212*z4-60*z2)*m2*m2 + pi6*(5-30*z2)*m2*m2*m2) * e
		if e < 1e-20 {
			break
		}
	}
	var k2more, k3more float64
	for k := 1; k < terms; k++ { // whole multiples
		m2 := float64(k * k)
		e := math.Exp(-m2 * pi2 / (2 * z2))
		k2more += pi2 * m2 * e
		k3more += (3*z2*pi2*m2 - pi4*m2*m2) * e
		if e < 1e-20 {
			break
		}
	}
	root := math.Sqrt(math.Pi / 2)
	k0 *= math.Sqrt(2*math.Pi) / z
	k1 *= 2 * root / (6 * z4)
	k2 = 2*root/(72*z6*z)*k2 - 2*root/(36*z2*z)*k2more
	k3 = 2*root/(6480*z6*z4)*k3 + 2*root/(216*z6)*k3more
	rootN := math.Sqrt(n)
	return k0 + k1/rootN + k2/n + k3/(n*rootN)
}
