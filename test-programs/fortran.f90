! Fortran: modules, recursion, array expressions, select, I/O of the runtime, a contained subroutine, error stop.
! processes: 2
! tree: parent > child
! ends: child = 3
! compile: -fno-backtrace
! variant: plain:
! variant: checked: -fcheck=bounds,do,mem
module shapes
    implicit none
    type :: box
        real :: sides(3)
    contains
        procedure :: volume
    end type box
contains
    pure real function volume(self) ! hit: parent, child
        class(box), intent(in) :: self
        volume = product(self%sides) ! hit: parent, child
    end function volume ! hit: parent, child

    recursive integer function factorial(n) result(value) ! hit: child
        integer, intent(in) :: n
        if (n <= 1) then ! hit: child
            value = 1 ! hit: child
        else
            value = n * factorial(n - 1) ! hit: child
        end if
    end function factorial ! hit: child

    subroutine never(n) ! miss
        integer, intent(in) :: n
        print *, n ! miss
    end subroutine never ! miss
end module shapes

program main ! hit: parent
    use, intrinsic :: iso_fortran_env, only: output_unit
    use shapes
    implicit none
    include 'role.inc'
    integer :: pid, status, i
    real :: numbers(4) = [1.0, 2.0, 3.0, 4.0]
    type(box) :: one

    call log_role('parent' // char(0)) ! hit: parent
    if (command_argument_count() > 3) call never(1) ! hit: parent
    one%sides = [1.0, 2.0, 3.0] ! hit: parent
    numbers = 2.0 * numbers + 1.0 ! hit: parent
    where (numbers > 4.0) numbers = 0.0 ! hit: parent
    print '(4f5.1)', numbers ! hit: parent
    print '(f5.1)', one%volume() ! hit: parent
    flush (output_unit) ! hit: parent
    pid = fork() ! hit: parent
    if (pid == 0) then ! hit: parent, child
        call log_role('child' // char(0)) ! hit: child
        call in_child(4) ! hit: child
    end if
    do i = 1, 2 ! hit: parent
        select case (i) ! hit: parent
        case (1)
            pid = wait(status) ! hit: parent
        case (2)
            print '(a,i0)', 'child: ', status / 256 ! hit: parent
        case default
            ! gfortran gives the choice between the cases the line of the last one.
            call never(i) ! hit: parent
        end select
    end do
contains
    subroutine in_child(n) ! hit: child
        integer, intent(in) :: n
        one%sides = real(n) ! hit: child
        print '(i0,f7.1)', factorial(n), one%volume() ! hit: child
        error stop 3 ! hit: child
    end subroutine in_child
end program main
